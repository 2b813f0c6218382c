create table deployments (
  id integer primary key autoincrement,
  -- deploy-YYYY-MM-DD-NNN, numbered within its UTC day.
  deployment_id text not null unique,
  day text not null,
  number integer not null,
  source text not null default 'observed' check (source in ('observed', 'recorded', 'flow')),
  state_id integer references states (id),
  -- What makes a run one run: its lock id, or for a write without a lock the version it made.
  run_key text not null,
  operation text not null check (operation in (
    'plan', 'apply', 'destroy', 'refresh', 'import', 'console', 'state-rm', 'state-mv', 'state-push', 'taint',
    'untaint', 'migrate', 'create', 'update', 'delete', 'other')),
  status text not null check (status in ('pending', 'in_progress', 'success', 'failed', 'canceled', 'abandoned')),
  -- 1 when the outcome was concluded from what the client did, not reported by it.
  inferred integer not null default 0 check (inferred in (0, 1)),
  reason text,
  actor text,
  credential text,
  terraform_version text,
  environment text,
  repository_id integer,
  branch text,
  commit_sha text,
  resources_created integer not null default 0,
  resources_updated integer not null default 0,
  resources_deleted integer not null default 0,
  resources_imported integer not null default 0,
  resources_forgotten integer not null default 0,
  resource_count integer,
  writes integer not null default 0,
  started_at integer not null,
  updated_at integer not null,
  finished_at integer,
  unique (day, number),
  unique (state_id, run_key)
) strict;
-- Every list is newest first, so each filter's index ends with the time (and, implicitly, the id).
create index deployments_time on deployments (started_at);
create index deployments_status on deployments (status, started_at);
create index deployments_state on deployments (state_id, started_at);
create index deployments_operation on deployments (operation, started_at);
create index deployments_actor on deployments (actor, started_at);

create table terraform_operations (
  id integer primary key autoincrement,
  deployment_id integer not null references deployments (id),
  kind text not null,
  status text not null check (status in ('pending', 'in_progress', 'success', 'failed', 'canceled', 'abandoned')),
  exit_code integer,
  to_add integer,
  to_change integer,
  to_destroy integer,
  to_import integer,
  added integer not null default 0,
  changed integer not null default 0,
  destroyed integer not null default 0,
  imported integer not null default 0,
  plan text check (plan is null or json_valid(plan)),
  plan_key text,
  diagnostics text check (diagnostics is null or json_valid(diagnostics)),
  started_at integer not null,
  finished_at integer
) strict;
create index terraform_operations_deployment on terraform_operations (deployment_id);

-- Log lines in batches: the text gzipped here, or in R2 under `r2_key` when it is large.
create table deployment_logs (
  deployment_id integer not null references deployments (id),
  first_line integer not null,
  lines integer not null check (lines > 0),
  recorded_at integer not null,
  body blob,
  r2_key text,
  primary key (deployment_id, first_line)
) strict, without rowid;

-- Runs per UTC day, for the dashboard.
create table deployment_days (
  day text not null,
  operation text not null,
  n integer not null default 0,
  failed integer not null default 0,
  primary key (day, operation)
) strict, without rowid;
