-- A deleted state keeps its row for its history, under the name `<name>@deleted-<entry of its journal>`.
alter table states add column deleted_at integer;
create index states_live on states (name) where deleted_at is null;

-- A check cannot be altered.
create table state_events_now (
  id integer primary key autoincrement,
  state_id integer not null references states (id),
  kind text not null check (kind in (
    'lock_refused', 'write_refused', 'unlock_refused', 'lock_forced', 'write_forced', 'rolled_back')),
  at integer not null,
  lock_id text,
  who text,
  actor text not null,
  detail text not null
) strict;
insert into state_events_now select id, state_id, kind, at, lock_id, who, actor, detail from state_events;
drop table state_events;
alter table state_events_now rename to state_events;
create index state_events_state on state_events (state_id);
