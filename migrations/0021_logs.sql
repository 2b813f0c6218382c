-- Where stored logs are: batches of a script's events, gzipped in R2. Their numbers are those of the live stream.
create table log_batches (
  account_id text not null,
  -- The script's name, or `<namespace>/<script>` in a dispatch namespace.
  script text not null,
  first_seq integer not null,
  last_seq integer not null check (last_seq >= first_seq),
  -- When the first and the last event arrived; within a script both grow with the numbers.
  from_at integer not null,
  to_at integer not null check (to_at >= from_at),
  -- The highest level among the events: 0 debug, 1 log and info, 2 warn, 3 error.
  highest integer not null check (highest between 0 and 3),
  -- Of the object, gzipped.
  bytes integer not null,
  r2_key text not null,
  primary key (account_id, script, first_seq)
) strict, without rowid;
create index log_batches_time on log_batches (account_id, script, from_at);
create index log_batches_age on log_batches (to_at);

-- How long logs are kept.
create table log_settings (
  one integer primary key check (one = 1),
  retention_days integer not null check (retention_days between 1 and 3650)
) strict;
insert into log_settings values (1, 30);

-- One-time tickets for who cannot send a header, such as a browser's WebSocket.
create table log_tickets (
  -- SHA-256 of the ticket.
  hash text primary key,
  account_id text not null,
  script text not null,
  -- The client's token, which ends its tickets with it; null for the owner's.
  token_id integer references api_tokens (id) on delete cascade,
  actor text not null,
  -- When the client's token ends, or null.
  token_expires_at integer,
  expires_at integer not null
) strict, without rowid;
create index log_tickets_expiry on log_tickets (expires_at);
create index log_tickets_token on log_tickets (token_id);
