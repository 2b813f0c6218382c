-- Tokens of Cloudflare's that were lent: what they may do, until when, and where their values are. Never a value.
create table managed_tokens (
  id integer primary key autoincrement,
  name text not null,
  purpose text not null,
  kind text not null check (kind in ('account', 'user')),
  -- What its value is called in the Secrets Store.
  secret_name text not null,
  -- What it is called at Cloudflare, and the comment of its secret: no other row's, so that what broke off is found by it.
  label text not null unique,
  owner text not null,
  -- The client token that it was made with, and ends with; null for the owner's.
  client_id integer,
  -- The caller and the Idempotency-Key.
  request_key text unique,
  -- As it was asked for: names of permission groups, and resources such as `account` and `zone:<id>`.
  permissions text not null check (json_valid(permissions)),
  resources text not null check (json_valid(resources)),
  state text not null check (state in ('creating', 'active', 'rolling', 'revoking')),
  ending text check (ending in ('revoked', 'expired', 'client', 'missing', 'unfinished')),
  -- Cloudflare's identifiers.
  token_id text,
  store_id text,
  secret_id text,
  -- The value, encrypted, while the store has no place for it.
  sealed text,
  created_at integer not null,
  expires_at integer not null,
  rolled_at integer,
  -- When the clock next has something to do for it.
  due_at integer not null,
  -- Until then a call that broke off may still take effect at Cloudflare; null when none did.
  unsettled_until integer,
  attempts integer not null default 0,
  error text,
  check ((state = 'revoking') = (ending is not null))
) strict;
-- What is being revoked gives its name away: its secret is told from the next one's by the label.
create unique index managed_tokens_secret on managed_tokens (secret_name) where state <> 'revoking';
create index managed_tokens_due on managed_tokens (due_at);
create index managed_tokens_client on managed_tokens (client_id);
-- Whatever ends a client's token ends what was lent to it.
create trigger managed_tokens_client_end after delete on api_tokens begin
  update managed_tokens set state = 'revoking', ending = 'client', request_key = null, due_at = 0, attempts = 0 where client_id = old.id and state <> 'revoking'; end;
