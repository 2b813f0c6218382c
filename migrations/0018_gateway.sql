-- What a client token with the scope `sdk:<name>` may do at Cloudflare.
create table sdk_policies (
  name text primary key,
  -- Names of Cloudflare's permission groups: any one that an operation accepts allows it.
  permissions text not null check (json_valid(permissions)),
  -- Patterns such as `script:shop-*`, `d1:<id>` and `*`.
  resources text not null check (json_valid(resources)),
  created_at integer not null,
  created_by text not null,
  updated_at integer not null,
  expires_at integer
) strict, without rowid;

-- Tokens of upload sessions that the gateway handed out: who has one may upload the session's files, and nothing else.
create table upload_sessions (
  -- SHA-256 of the token.
  hash text primary key,
  token_id integer references api_tokens (id) on delete cascade,
  actor text not null,
  -- What the session is for, such as `script:shop`.
  resource text not null,
  expires_at integer not null
) strict, without rowid;
create index upload_sessions_expiry on upload_sessions (expires_at);
create index upload_sessions_token on upload_sessions (token_id);
