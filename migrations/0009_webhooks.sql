-- Every delivery as it came. `processed` means done, not seen; the body moves to R2 when it is large.
create table webhook_events (
  id integer primary key autoincrement,
  webhook_id text not null unique,
  event_type text not null,
  source text not null default 'github' check (source in ('github', 'cloudflare', 'azure', 'auth0', 'other')),
  repo_name text,
  payload text check (payload is null or json_valid(payload)),
  r2_key text,
  processed integer not null default 0 check (processed in (0, 1)),
  processed_at integer,
  attempts integer not null default 0,
  outcome text,
  error text,
  received_at integer not null
) strict;
create index webhook_events_waiting on webhook_events (id) where processed = 0;
create index webhook_events_repo on webhook_events (repo_name, id);
create index webhook_events_type on webhook_events (event_type, id);

-- What happened in git, whatever repository it names: `repository_id` is null while the repository is unknown.
create table git_events (
  id integer primary key autoincrement,
  -- The delivery's GUID with the place inside it: one delivery may hold many commits.
  event_id text not null unique,
  event_type text not null,
  repository_id integer references github_repositories (id),
  repo_full_name text not null collate nocase,
  ref text,
  branch text,
  commit_sha text,
  commit_message text,
  author text,
  author_email text,
  timestamp integer not null,
  triggered_deployment integer not null default 0 check (triggered_deployment in (0, 1)),
  deployment_id integer references deployments (id),
  webhook_event_id integer references webhook_events (id),
  detail text check (detail is null or json_valid(detail))
) strict;
create index git_events_time on git_events (timestamp);
create index git_events_repo on git_events (repo_full_name, timestamp);
create index git_events_type on git_events (event_type, timestamp);
create index git_events_commit on git_events (commit_sha) where commit_sha is not null;
