-- Identity tokens that were exchanged: each once. They are forgotten when nobody would accept them any more.
create table spent_identities (
  jti text primary key,
  expires_at integer not null
) strict, without rowid;
create index spent_identities_expiry on spent_identities (expires_at);
