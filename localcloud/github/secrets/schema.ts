import { z } from 'zod'

export const tables = `
create table if not exists secret_keys (
  scope text primary key,
  key_id text not null,
  public_key text not null,
  private_key text not null
) strict, without rowid;
create table if not exists secrets (
  scope text not null,
  name text not null collate nocase,
  encrypted_value text not null,
  visibility text not null default 'all',
  created_at integer not null,
  updated_at integer not null,
  primary key (scope, name)
) strict, without rowid;
create table if not exists variables (
  scope text not null,
  name text not null collate nocase,
  value text not null,
  visibility text not null default 'all',
  created_at integer not null,
  updated_at integer not null,
  primary key (scope, name)
) strict, without rowid;
`

export const SecretKey = z.object({ key_id: z.string(), public_key: z.string(), private_key: z.string() })
export type SecretKey = z.infer<typeof SecretKey>

/** A secret as it may be shown: its value is not. */
export const Secret = z.object({
  name: z.string(),
  visibility: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Secret = z.infer<typeof Secret>

export const Variable = z.object({
  name: z.string(),
  value: z.string(),
  visibility: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Variable = z.infer<typeof Variable>

/** What GitHub takes as a name. */
export function isName(name: string): boolean {
  return /^[a-z_]\w*$/i.test(name) && !/^github_/i.test(name)
}
