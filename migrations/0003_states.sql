create table states (
  id integer primary key autoincrement,
  name text not null unique,
  lineage text,
  serial integer,
  version integer not null default 0,
  terraform_version text,
  size integer not null default 0,
  resource_count integer not null default 0,
  tainted_count integer not null default 0,
  inventory text not null default 'none'
    check (inventory in ('none', 'complete', 'partial', 'encrypted', 'unsupported')),
  inventory_detail text,
  lock_id text,
  lock_who text,
  lock_operation text,
  locked_at integer,
  -- How far the ledger's journal has been projected: entry and part of it.
  projected_seq integer not null default 0,
  projected_part integer not null default 0,
  created_at integer not null,
  updated_at integer not null
) strict;

-- What no other row tells: refused and forced writes and locks, with the reason that Terraform does not print.
create table state_events (
  id integer primary key autoincrement,
  state_id integer not null references states (id),
  kind text not null check (kind in ('lock_refused', 'write_refused', 'unlock_refused', 'lock_forced', 'write_forced')),
  at integer not null,
  lock_id text,
  who text,
  actor text not null,
  detail text not null
) strict;
create index state_events_state on state_events (state_id);
