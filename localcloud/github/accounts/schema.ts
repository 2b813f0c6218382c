import { z } from 'zod'

export const tables = `
create table if not exists accounts (
  id integer primary key autoincrement,
  type text not null check (type in ('User', 'Organization', 'Bot')),
  login text not null unique collate nocase,
  name text,
  email text,
  bio text,
  company text,
  location text,
  blog text,
  created_at integer not null,
  updated_at integer not null
) strict;
create table if not exists memberships (
  organization_id integer not null references accounts on delete cascade,
  user_id integer not null references accounts on delete cascade,
  role text not null check (role in ('admin', 'member')),
  state text not null default 'active' check (state in ('active', 'pending')),
  primary key (organization_id, user_id)
) strict, without rowid;
create table if not exists tokens (
  id integer primary key autoincrement,
  user_id integer not null references accounts on delete cascade,
  hash text not null unique,
  scopes text not null,
  note text not null,
  created_at integer not null,
  expires_at integer
) strict;
`

/** A user, an organisation or a bot: they share one space of names and of numbers. */
export const Account = z.object({
  id: z.number(),
  type: z.enum(['User', 'Organization', 'Bot']),
  login: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  bio: z.string().nullable(),
  company: z.string().nullable(),
  location: z.string().nullable(),
  blog: z.string().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Account = z.infer<typeof Account>

export const Membership = z.object({
  organization_id: z.number(),
  user_id: z.number(),
  role: z.enum(['admin', 'member']),
  state: z.enum(['active', 'pending']),
})
export type Membership = z.infer<typeof Membership>

export const Token = z.object({
  id: z.number(),
  user_id: z.number(),
  scopes: z.string().transform((text) => text.split(' ').filter(Boolean)),
  note: z.string(),
  expires_at: z.number().nullable(),
})
export type Token = z.infer<typeof Token>

/** Who calls, and with what. */
export type Caller = { readonly user: Account; readonly token: Token }

/** Every scope of a classic token, as the owner's has them. */
export const allScopes = [
  'admin:enterprise',
  'admin:gpg_key',
  'admin:org',
  'admin:org_hook',
  'admin:public_key',
  'admin:repo_hook',
  'admin:ssh_signing_key',
  'audit_log',
  'codespace',
  'copilot',
  'delete:packages',
  'delete_repo',
  'gist',
  'notifications',
  'project',
  'repo',
  'user',
  'workflow',
  'write:discussion',
  'write:packages',
] as const
