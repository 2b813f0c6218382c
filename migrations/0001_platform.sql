-- What every feature stands on. Times are integer milliseconds UTC everywhere; JSON columns hold JSON text.

-- A batch inserts 0 here to undo itself when a condition it relies on does not hold.
create table assertions (
  holds integer not null,
  constraint holds check (holds = 1)
) strict;

-- Totals that no request may count. They change in the batch of the rows they count.
create table counters (
  scope text not null,
  key text not null,
  n integer not null,
  primary key (scope, key)
) strict, without rowid;

-- What was accepted and must still happen. A queue message is only a hint to look here.
create table outbox (
  id integer primary key autoincrement,
  topic text not null,
  payload text not null check (json_valid(payload)),
  created_at integer not null,
  attempts integer not null default 0,
  next_attempt_at integer not null,
  error text
) strict;
create index outbox_due on outbox (next_attempt_at);
