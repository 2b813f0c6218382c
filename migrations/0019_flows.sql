-- A run of a flow. What it has done so far is here and in its steps; the Workflow only makes it go on.
create table flow_runs (
  id integer primary key autoincrement,
  kind text not null,
  project text not null,
  -- What the steps work on, with what was looked up when the run was accepted. Never a secret.
  input text not null check (json_valid(input)),
  status text not null check (status in ('queued', 'running', 'undoing', 'success', 'failed')),
  -- The Workflow instance that may go on with the run; another one that wakes late finds another name here.
  instance text not null unique,
  -- Who asked, as the audit knows callers.
  caller text not null check (json_valid(caller)),
  -- `Idempotency-Key`, with whose it is before it, and the SHA-256 of what was asked.
  idempotency_key text unique,
  asked text not null,
  result text check (result is null or json_valid(result)),
  error text check (error is null or json_valid(error)),
  deployment_id integer references deployments (id),
  created_at integer not null,
  updated_at integer not null,
  finished_at integer
) strict;
create index flow_runs_project on flow_runs (project, id);
create unique index flow_runs_live on flow_runs (project) where status in ('queued', 'running', 'undoing');

create table flow_steps (
  run_id integer not null references flow_runs (id),
  n integer not null,
  name text not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'done', 'undone', 'failed')),
  -- How often it failed in a way that may pass, forward or backward.
  attempts integer not null default 0,
  output text check (output is null or json_valid(output)),
  error text,
  started_at integer,
  finished_at integer,
  primary key (run_id, n)
) strict, without rowid;

-- What projects are made of. The row comes before the resource, so that no resource is there that nobody knows.
create table project_resources (
  kind text not null check (kind in ('script', 'd1', 'kv', 'r2', 'queue')),
  name text not null,
  project text not null,
  -- Empty for the script.
  binding text not null,
  -- How Cloudflare calls it; null until it is known to be there.
  cloud_id text,
  -- `created`: the project owns it. `adopted`: its script bound it already; it is never deleted.
  origin text not null check (origin in ('created', 'adopted')),
  run_id integer not null references flow_runs (id),
  created_at integer not null,
  primary key (kind, name)
) strict, without rowid;
create index project_resources_project on project_resources (project);
