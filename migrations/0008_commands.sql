-- The id is made by the client from the moment (milliseconds times 2^9 and random bits): it sorts by time, and a
-- command sent twice is stored once without a second unique index.
create table command_history (
  id integer primary key,
  command text not null,
  command_type text not null check (command_type in ('terraform', 'git', 'wrangler', 'npm', 'az', 'other')),
  arguments text check (arguments is null or json_valid(arguments)),
  working_directory text,
  exit_code integer,
  stdout text,
  stderr text,
  duration_ms integer,
  executed_by text,
  host text,
  executed_at integer not null,
  -- Commands may name what we do not know (yet), so the names stay text and the known rows are linked beside them.
  repository text,
  branch text,
  commit_sha text,
  trace_id text,
  deployment_id integer references deployments (id),
  repository_id integer references github_repositories (id)
) strict;
create index command_history_deployment on command_history (deployment_id) where deployment_id is not null;
create index command_history_type on command_history (command_type, id);

-- Commands per UTC hour and type; `buckets` counts durations by powers of two.
create table command_hours (
  hour integer not null,
  command_type text not null,
  n integer not null default 0,
  failed integer not null default 0,
  total_ms integer not null default 0,
  buckets text not null default '{}' check (json_valid(buckets)),
  primary key (hour, command_type)
) strict, without rowid;
