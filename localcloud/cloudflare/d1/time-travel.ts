import { constants, copyFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { failed, invalid } from './errors.ts'
import { execute } from './execution.ts'
import { copyNow, copyOf, fileOf } from './files.ts'
import { changeDetails, databaseOf } from './queries.ts'
import type { Database } from './schema.ts'

/** How far back a database can be restored. */
const keptMs = 30 * 24 * 60 * 60 * 1000

const Bookmark = z.object({ bookmark: z.string(), taken_at: z.int(), hash: z.string() })
type Bookmark = z.infer<typeof Bookmark>

/**
 * The bookmark of the database as it is now. The real service can go back to every minute; here a copy is taken when
 * somebody asks for a bookmark, and before an import or a restore. What did not change keeps its bookmark.
 */
export async function bookmarkNow(cloud: Cloud, database: Database): Promise<string> {
  // A database that was never used has no file yet.
  await execute(cloud, database, [{ sql: 'select 1', params: [] }])
  const hash = await copyNow(cloud, database.storage)
  return cloud.store.transaction(() => {
    const last = lastBefore(cloud, database.id, Number.MAX_SAFE_INTEGER)
    if (last?.hash === hash) return last.bookmark
    const at = cloud.now()
    const bookmark = nameOf(cloud, database.id, at, hash)
    const { store } = cloud
    store.run('insert into d1_bookmarks values (?, ?, ?, ?)', bookmark, database.id, at, hash)
    store.run('delete from d1_bookmarks where database_id = ? and taken_at < ?', database.id, at - keptMs)
    return bookmark
  })
}

/** The last bookmark that was taken at a moment or before it. */
export function bookmarkAt(cloud: Cloud, { id }: Database, at: number): string {
  if (at < cloud.now() - keptMs) throw invalid('timestamp: Timestamp is too old')
  const found = lastBefore(cloud, id, at)
  if (!found) throw failed('No history is available for this database at that time')
  return found.bookmark
}

/**
 * Makes a database what it was. Its binding is led to a new file with the old content, so that a kill leaves it as it
 * was before or as it is after.
 */
export async function restore(cloud: Cloud, database: Database, bookmark: string): Promise<object> {
  const sql = 'select bookmark, taken_at, hash from d1_bookmarks where database_id = ? and bookmark = ?'
  const wanted = cloud.store.get(Bookmark, sql, database.id, bookmark)
  if (!wanted) throw invalid('bookmark: Invalid bookmark')
  const previous = await bookmarkNow(cloud, database)
  const storage = `${database.id}.${Math.max(cloud.now(), generationOf(database) + 1)}`
  const file = fileOf(cloud, storage)
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(copyOf(cloud, wanted.hash), file, constants.COPYFILE_FICLONE)
  const { id, details } = databaseOf(cloud.store, database.id)
  changeDetails(cloud.store, id, { ...details, storage })
  await cloud.runtime.reload()
  return { bookmark, previous_bookmark: previous, message: 'Database restored successfully' }
}

function generationOf({ id, storage }: Database): number {
  return Number(storage.slice(id.length + 1))
}

function lastBefore({ store }: Cloud, id: string, at: number): Bookmark | null {
  const sql = `select bookmark, taken_at, hash from d1_bookmarks where database_id = ? and taken_at <= ?
    order by taken_at desc, bookmark desc limit 1`
  return store.get(Bookmark, sql, id, at)
}

/** Bookmarks sort by time, and nobody can guess one. */
function nameOf({ store }: Cloud, id: string, at: number, hash: string): string {
  const made = store.count('select count(*) from d1_bookmarks where database_id = ?', id)
  return [hex(Math.floor(at / 1000)), hex(made), hex(at % 1000), hash.slice(0, 32)].join('-')
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
