import { constants, copyFileSync, existsSync, mkdirSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import type { Store } from '../store.ts'
import { failed, invalid } from './errors.ts'
import { execute } from './execution.ts'
import { changedAt, copyNow, copyOf, fileOf } from './files.ts'
import { changeDetails, databaseOf } from './queries.ts'
import type { Database } from './schema.ts'

/** How far back a database can be restored. */
const keptMs = 30 * 24 * 60 * 60 * 1000

const Bookmark = z.object({ bookmark: z.string(), hash: z.string() })

/**
 * The bookmark of the database as it is now. The real service can go back to every minute; here a copy is taken when
 * somebody asks for a bookmark, and before an import or a restore. What did not change keeps its bookmark.
 */
export async function bookmarkNow(cloud: Cloud, database: Database): Promise<string> {
  await ensureFile(cloud, database)
  const { hash, since, until } = await copyNow(cloud, database.storage)
  const { store } = cloud
  return store.transaction(() => {
    const bookmark = lastWith(cloud, database.id, hash) ?? keep(cloud, database.id, hash)
    // From its last change until the copy the database was what the copy is.
    const known = `insert into d1_spans values (?, ?, ?, ?)
      on conflict (database_id, bookmark, since) do update set until = max(until, excluded.until)`
    if (since <= until) store.run(known, database.id, bookmark, since, until)
    return bookmark
  })
}

function keep({ store, now }: Cloud, id: string, hash: string): string {
  const at = now()
  const bookmark = nameOf(store, id, at, hash)
  store.run('insert into d1_bookmarks values (?, ?, ?, ?)', bookmark, id, at, hash)
  store.run('delete from d1_bookmarks where database_id = ? and taken_at < ?', id, at - keptMs)
  return bookmark
}

/** A bookmark whose copy is proved to be the state at a moment. What happened between two copies nobody knows. */
export async function bookmarkAt(cloud: Cloud, database: Database, moment: number): Promise<string> {
  const at = Math.min(moment, cloud.now())
  if (at < cloud.now() - keptMs) throw invalid('timestamp: Timestamp is too old')
  await ensureFile(cloud, database)
  if (changedAt(fileOf(cloud, database.storage)) <= at) await bookmarkNow(cloud, database)
  const sql = `select bookmark, hash from d1_spans join d1_bookmarks using (database_id, bookmark)
    where database_id = ? and ? between since and until limit 1`
  const found = cloud.store.get(Bookmark, sql, database.id, at)
  if (!found) throw failed('No history is available for this database at that time')
  return found.bookmark
}

/** A database that was never used has no file yet. */
async function ensureFile(cloud: Cloud, database: Database): Promise<void> {
  if (existsSync(fileOf(cloud, database.storage))) return
  await execute(cloud, database, [{ sql: 'select 1', params: [] }])
}

/**
 * Makes a database what it was. Its binding is led to a new file with the old content, so that a kill leaves it as it
 * was before or as it is after.
 */
export async function restore(cloud: Cloud, database: Database, bookmark: string): Promise<object> {
  const sql = 'select bookmark, hash from d1_bookmarks where database_id = ? and bookmark = ?'
  const wanted = cloud.store.get(Bookmark, sql, database.id, bookmark)
  if (!wanted) throw invalid('bookmark: Invalid bookmark')
  const previous = await bookmarkNow(cloud, database)
  const storage = `${database.id}.${Math.max(cloud.now(), generationOf(database) + 1)}`
  const file = fileOf(cloud, storage)
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(copyOf(cloud, wanted.hash), file, constants.COPYFILE_FICLONE)
  // Some systems give a clone the age of its original.
  utimesSync(file, new Date(), new Date())
  const { id, details } = databaseOf(cloud.store, database.id)
  changeDetails(cloud.store, id, { ...details, storage })
  await cloud.runtime.apply()
  return { bookmark, previous_bookmark: previous, message: 'Database restored successfully' }
}

function generationOf({ id, storage }: Database): number {
  return Number(storage.slice(id.length + 1))
}

/** The last bookmark, if it is of this content. */
function lastWith({ store }: Cloud, id: string, hash: string): string | null {
  const sql = `select bookmark, hash from d1_bookmarks where database_id = ?
    order by taken_at desc, bookmark desc limit 1`
  const last = store.get(Bookmark, sql, id)
  return last?.hash === hash ? last.bookmark : null
}

/** Bookmarks sort by time, and nobody can guess one. */
function nameOf(store: Store, id: string, at: number, hash: string): string {
  const made = store.count('select count(*) from d1_bookmarks where database_id = ?', id)
  return [hex(Math.floor(at / 1000)), hex(made), hex(at % 1000), hash.slice(0, 32)].join('-')
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
