import { z } from 'zod'
import { json } from '../platform/store.ts'

export const tables = `
create table if not exists apps (
  id integer primary key autoincrement,
  slug text not null unique collate nocase,
  name text not null,
  description text,
  owner_id integer not null references accounts,
  bot_id integer not null references accounts,
  client_id text not null unique,
  client_secret_hash text,
  public_key text,
  permissions text not null,
  events text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create table if not exists installations (
  id integer primary key autoincrement,
  app_id integer not null references apps on delete cascade,
  account_id integer not null references accounts on delete cascade,
  repositories text not null default 'null',
  created_at integer not null,
  updated_at integer not null,
  unique (app_id, account_id)
) strict;
`

const Words = z.record(z.string(), z.string())

export const App = z.object({
  id: z.number(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  owner_id: z.number(),
  bot_id: z.number(),
  client_id: z.string(),
  client_secret_hash: z.string().nullable(),
  /** What the app signs its calls with; an app of GitHub's own signs none. */
  public_key: z.string().nullable(),
  permissions: json(Words),
  events: json(z.array(z.string())),
  created_at: z.number(),
  updated_at: z.number(),
})
export type App = z.infer<typeof App>

export const Installation = z.object({
  id: z.number(),
  app_id: z.number(),
  account_id: z.number(),
  /** The repositories it was given; null is all of the account's. */
  repositories: json(z.array(z.number()).nullable()),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Installation = z.infer<typeof Installation>
