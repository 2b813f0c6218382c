import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Store, Tables } from '../store.ts'

export const identityTables: Tables = {
  product: 'identity',
  history: [
    `create table account (
      id text primary key, name text not null, user_id text not null, email text not null, created_on integer not null,
      subdomain text, jwt_key text not null
    ) strict;
    create table tokens (
      id text primary key, kind text not null check (kind in ('user', 'account')), name text not null,
      value_hash text not null unique, status text not null check (status in ('active', 'disabled')),
      policies text not null, condition text not null, issued_on integer not null, modified_on integer not null,
      not_before integer, expires_on integer, last_used_on integer, is_root integer not null default 0
    ) strict;`,
  ],
}

/** The one account and its one user. */
export const Account = z.object({
  id: z.string(),
  name: z.string(),
  user_id: z.string(),
  email: z.string(),
  created_on: z.int(),
  subdomain: z.string().nullable(),
  jwt_key: z.string(),
})
export type Account = z.infer<typeof Account>

/** A random identifier in Cloudflare's usual form: 32 hexadecimal digits. */
export function newId(): string {
  return randomBytes(16).toString('hex')
}

/** The account as it is now; made on the first start. */
export function accountOf(store: Store, at: number): Account {
  const kept = store.get(Account, 'select * from account')
  if (kept) return kept
  const insert = `insert into account (id, name, user_id, email, created_on, subdomain, jwt_key)
    values (?, 'Local account', ?, 'owner@local.test', ?, 'local', ?)`
  store.run(insert, newId(), newId(), at, randomBytes(32).toString('hex'))
  return Account.parse(store.get(Account, 'select * from account'))
}
