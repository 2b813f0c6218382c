-- Tokens that were only lent are deleted when they have expired: found without reading the others.
create index api_tokens_expiry on api_tokens (expires_at) where expires_at is not null;
