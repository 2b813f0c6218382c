create table state_snapshots (
  id integer primary key autoincrement,
  state_id integer not null references states (id),
  -- The ledger's own count; serials may skip, and repeat after a forced push.
  version integer not null,
  serial integer not null,
  lineage text not null,
  deployment_id integer references deployments (id),
  lock_id text,
  sha256 text not null,
  size integer not null,
  terraform_version text,
  resource_count integer not null,
  inventory text not null,
  forced integer not null default 0 check (forced in (0, 1)),
  created_at integer not null,
  unique (state_id, version)
) strict;
create index state_snapshots_serial on state_snapshots (state_id, serial);
create index state_snapshots_deployment on state_snapshots (deployment_id);

create table managed_resources (
  id integer primary key autoincrement,
  state_id integer not null references states (id),
  address text not null,
  module text,
  type text not null,
  name text not null,
  index_key text check (index_key is null or json_valid(index_key)),
  -- The provider's short name (`cloudflare`) and its full address.
  provider text not null,
  provider_address text not null,
  -- The `id` attribute, by which the cloud knows it.
  cloud_id text,
  status text not null check (status in ('active', 'tainted', 'deposed', 'deleted')),
  attributes text check (attributes is null or json_valid(attributes)),
  dependencies text not null check (json_valid(dependencies)),
  created_by integer references deployments (id),
  changed_by integer references deployments (id),
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer,
  -- The address first: `why` is asked by address alone.
  unique (address, state_id)
) strict;
-- What is deleted stays for its history and out of every list.
create index managed_resources_live on managed_resources (id) where status <> 'deleted';
create index managed_resources_state on managed_resources (state_id, id) where status <> 'deleted';
create index managed_resources_provider on managed_resources (provider, id) where status <> 'deleted';
create index managed_resources_type on managed_resources (type, id) where status <> 'deleted';
create index managed_resources_unwell on managed_resources (status, id) where status in ('tainted', 'deposed');

create virtual table resource_text using fts5 (text, content = '', contentless_delete = 1);

create table resource_changes (
  id integer primary key autoincrement,
  resource_id integer not null references managed_resources (id),
  state_id integer not null references states (id),
  version integer not null,
  serial integer not null,
  deployment_id integer references deployments (id),
  action text not null check (action in ('create', 'update', 'replace', 'delete', 'import', 'forget', 'taint', 'untaint')),
  -- Names of the attributes that differ, never their values.
  changed text not null check (json_valid(changed)),
  at integer not null
) strict;
create index resource_changes_resource on resource_changes (resource_id);
create index resource_changes_deployment on resource_changes (deployment_id);
