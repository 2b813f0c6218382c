-- Runs that a recorder tells of. `run_key` is chosen by the recorder and known to nobody else.
alter table deployments add column recorded_by integer;
alter table deployments add column recorder text;
alter table deployments add column reported_at integer;
alter table deployments add column command text;
alter table deployments add column working_directory text;
alter table deployments add column repository text;
alter table deployments add column dirty integer check (dirty in (0, 1));
alter table deployments add column task text;
alter table deployments add column tool text check (tool in ('terraform', 'opentofu'));
alter table deployments add column exit_code integer;
alter table deployments add column duration_ms integer;
alter table deployments add column trace_id text;
alter table deployments add column expected_ms integer;
-- The row of command_history that holds what the recorder ran.
alter table deployments add column command_id integer;
create unique index deployments_recorded on deployments (run_key) where source = 'recorded';
-- How long a run may take is told by the last ones that did the same.
create index deployments_succeeded on deployments (state_id, operation, started_at) where status = 'success';

-- A run token ends with its run and with the token that it was issued by.
alter table api_tokens add column parent_id integer;
alter table api_tokens add column run_key text;
create index api_tokens_parent on api_tokens (parent_id) where parent_id is not null;
create unique index api_tokens_run on api_tokens (run_key) where run_key is not null;

-- What happened during a run besides its operations: locks, approval, interrupts.
create table deployment_notes (
  deployment_id integer not null references deployments (id),
  at integer not null,
  kind text not null,
  n integer not null,
  detail text not null,
  primary key (deployment_id, at, kind, n)
) strict, without rowid;

-- One row for each thing a plan would do or has found drifted, and what became of it. `change` is redacted JSON; `steps`
-- holds by action what was done (a replacement is two actions): {"delete": {"status": "success", "ms": 40}}.
create table planned_changes (
  deployment_id integer not null references deployments (id),
  kind text not null check (kind in ('change', 'drift')),
  address text not null,
  -- The key of a deposed object, or empty.
  deposed text not null default '',
  operation integer not null,
  previous_address text,
  type text not null,
  provider text not null,
  action text not null check (action in (
    'create', 'update', 'delete', 'replace', 'read', 'import', 'move', 'forget', 'other')),
  reason text,
  importing text,
  steps text check (steps is null or json_valid(steps)),
  change text check (change is null or json_valid(change)),
  primary key (deployment_id, kind, address, deposed)
) strict, without rowid;

-- Operations of a recorded run are numbered by the recorder; an observed run has one.
alter table terraform_operations add column n integer not null default 1;
alter table terraform_operations add column duration_ms integer;
alter table terraform_operations add column plan_body blob;
alter table terraform_operations add column plan_format text;
alter table terraform_operations add column plan_known integer check (plan_known in (0, 1));
alter table terraform_operations add column plan_digest text;
alter table terraform_operations add column to_move integer;
alter table terraform_operations add column to_forget integer;
alter table terraform_operations add column drifted integer;
drop index terraform_operations_deployment;
create unique index terraform_operations_n on terraform_operations (deployment_id, n);

-- A batch of a run's output: its key makes it the same batch however often it comes. Lines are gzipped NDJSON.
drop table deployment_logs;
create table deployment_logs (
  deployment_id integer not null references deployments (id),
  batch text not null,
  sha256 text not null,
  first_line integer,
  lines integer not null default 0,
  recorded_at integer not null,
  body blob,
  r2_key text,
  primary key (deployment_id, batch)
) strict, without rowid;
create unique index deployment_logs_lines on deployment_logs (deployment_id, first_line) where first_line is not null;
