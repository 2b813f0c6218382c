create table api_tokens (
  id integer primary key autoincrement,
  name text not null,
  -- SHA-256 of a token of 256 random bits: nothing to guess, so nothing slow is needed.
  hash text not null unique,
  scopes text not null check (json_valid(scopes)),
  created_at integer not null,
  created_by text not null,
  expires_at integer,
  last_used_at integer
) strict;

create table audit_log (
  id integer primary key autoincrement,
  -- The outbox row that carried it: delivered twice, it is written once.
  outbox_id integer not null unique,
  at integer not null,
  actor text not null,
  action text not null,
  subject text not null,
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  request_id text,
  address text,
  detail text not null check (json_valid(detail))
) strict;
create index audit_log_actor on audit_log (actor, id);
create index audit_log_action on audit_log (action, id);
