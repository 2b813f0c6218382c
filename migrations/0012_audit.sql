-- Ids are counted without a gap, so a missing one shows that a row was taken away; `autoincrement` would leave gaps.
create table audit_rows (
  id integer primary key,
  -- The outbox row that carried it: delivered twice, it is written once.
  outbox_id integer not null unique,
  at integer not null,
  actor text not null,
  -- `tok-000000001`, since names repeat; null for the owner's root token.
  token_id text,
  action text not null,
  subject text not null,
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  request_id text,
  address text,
  -- Names of the fields that changed, never their values.
  changed text not null check (json_valid(changed)),
  detail text not null check (json_valid(detail))
) strict;
insert into audit_rows (id, outbox_id, at, actor, action, subject, outcome, request_id, address, changed, detail)
  select row_number() over (order by id), outbox_id, at, actor, action, subject, outcome, request_id, address, '[]', detail
  from audit_log;
drop table audit_log;
alter table audit_rows rename to audit_log;
-- Lists are newest first by time: a row that was delivered late has a later id than what happened after it.
create index audit_log_time on audit_log (at);
create index audit_log_actor on audit_log (actor, at);
create index audit_log_action on audit_log (action, at);
create index audit_log_subject on audit_log (subject, at);
create index audit_log_outcome on audit_log (outcome, at);

-- Rows without a gap between them, linked by a hash chain that goes on from seal to seal. The head of each is in R2 too.
create table audit_seals (
  number integer primary key,
  first_id integer not null,
  last_id integer not null,
  rows integer not null check (rows = last_id - first_id + 1),
  previous text not null,
  hash text not null,
  -- The chain after each row, 32 bytes a row: so a broken row is found, not only that one is.
  row_hashes blob not null check (length(row_hashes) = 32 * rows),
  sealed_at integer not null
) strict;

create trigger audit_log_update before update on audit_log begin select raise(abort, 'audit_log only grows'); end;
create trigger audit_log_delete before delete on audit_log begin select raise(abort, 'audit_log only grows'); end;
-- `insert or replace` deletes without the trigger above. A row that names no id is seen here as -1.
create trigger audit_log_replace before insert on audit_log
  when exists (select 1 from audit_log where outbox_id = new.outbox_id)
    or (new.id <> -1 and exists (select 1 from audit_log where id >= new.id))
  begin select raise(abort, 'audit_log only grows'); end;
create trigger audit_seals_update before update on audit_seals begin select raise(abort, 'audit_seals only grows'); end;
create trigger audit_seals_delete before delete on audit_seals begin select raise(abort, 'audit_seals only grows'); end;
create trigger audit_seals_replace before insert on audit_seals
  when exists (select 1 from audit_seals where number >= new.number)
  begin select raise(abort, 'audit_seals only grows'); end;
