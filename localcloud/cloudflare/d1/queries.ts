import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Page } from '../pages.ts'
import type { Store, Tables } from '../store.ts'
import { noDatabase, notUuid } from './errors.ts'
import { Database } from './schema.ts'
import type { Details } from './schema.ts'

export const d1Tables: Tables = {
  product: 'd1',
  history: [
    `create table d1_bookmarks (
      bookmark text not null, database_id text not null references d1_databases (id) on delete cascade,
      taken_at integer not null, hash text not null, primary key (database_id, bookmark)
    ) strict;
    create index d1_bookmarks_by_time on d1_bookmarks (database_id, taken_at);
    create table d1_files (
      key text primary key, database_id text not null references d1_databases (id) on delete cascade,
      kind text not null check (kind in ('import', 'export')), name text not null, etag text, hash text,
      expires_at integer not null
    ) strict;
    create table d1_imports (
      bookmark text not null, database_id text not null references d1_databases (id) on delete cascade,
      state text not null, primary key (database_id, bookmark)
    ) strict;`,
    `create table d1_spans (
      database_id text not null, bookmark text not null, since integer not null, until integer not null,
      primary key (database_id, bookmark, since),
      foreign key (database_id, bookmark) references d1_bookmarks (database_id, bookmark) on delete cascade
    ) strict;`,
  ],
}

const columns = 'id, name, created_at, details'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The database that a path names by its identifier. */
export function databaseOf(store: Store, id: string): Database {
  if (!uuid.test(id)) throw notUuid()
  const found = store.get(Database, `select ${columns} from d1_databases where id = ?`, id.toLowerCase())
  if (!found) throw noDatabase(id)
  return found
}

/** The database that a path names by its identifier or its name: reading one is possible by either. */
export function databaseCalled(store: Store, name: string): Database {
  if (uuid.test(name)) return databaseOf(store, name)
  const found = store.get(Database, `select ${columns} from d1_databases where name = ?`, name)
  if (!found) throw noDatabase(name)
  return found
}

export function isNameTaken(store: Store, name: string): boolean {
  return store.count('select count(*) from d1_databases where name = ?', name) > 0
}

/** One page, newest first, and how many there are. */
export function databasesOf(store: Store, name: string | null, { limit, offset }: Page): [Database[], number] {
  const filter = '(:name is null or name = :name)'
  const sql = `select ${columns} from d1_databases where ${filter} order by created_at desc, id
    limit :limit offset :offset`
  const total = store.count(`select count(*) from d1_databases where ${filter}`, { name })
  return [store.all(Database, sql, { name, limit, offset }), total]
}

export function addDatabase(store: Store, name: string, details: Details, at: number): string {
  const id = randomUUID()
  const sql = 'insert into d1_databases (id, name, created_at, details) values (?, ?, ?, ?)'
  store.run(sql, id, name, at, JSON.stringify(details))
  return id
}

export function changeDetails(store: Store, id: string, details: Details): void {
  store.run('update d1_databases set details = ? where id = ?', JSON.stringify(details), id)
}

export function removeDatabase(store: Store, id: string): void {
  store.run('delete from d1_databases where id = ?', id)
}

/** Every storage that a database uses. */
export function storagesOf(store: Store): string[] {
  return store.all(Database, `select ${columns} from d1_databases`).map(({ storage }) => storage)
}

const Hash = z.object({ hash: z.string() }).transform(({ hash }) => hash)

/** Every copy and every file that somebody may still ask for. */
export function hashesOf(store: Store): string[] {
  return store.all(Hash, 'select hash from d1_bookmarks union select hash from d1_files where hash is not null')
}

/** A file that somebody may fetch or leave by knowing its key. */
export const File = z.object({
  key: z.string(),
  database_id: z.string(),
  name: z.string(),
  etag: z.string().nullable(),
  hash: z.string().nullable(),
  expires_at: z.int(),
})
export type File = z.infer<typeof File>
