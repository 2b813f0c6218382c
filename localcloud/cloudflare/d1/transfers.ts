import type { Cloud } from '../cloud.ts'
import { noSuchRoute } from '../envelope.ts'
import { newId } from '../identity/tables.ts'
import { File } from './queries.ts'

/** How long the address of a file is good for. */
const livesMs = 60 * 60 * 1000

type Wanted = {
  readonly kind: 'import' | 'export'
  readonly name: string
  readonly etag?: string
  readonly hash?: string
}

/** Makes an address for a file of a database: whoever knows it may use it for an hour. */
export function openFile(cloud: Cloud, databaseId: string, { kind, name, etag, hash }: Wanted): string {
  const key = newId() + newId()
  const sql = 'insert into d1_files (key, database_id, kind, name, etag, hash, expires_at) values (?, ?, ?, ?, ?, ?, ?)'
  cloud.store.run(sql, key, databaseId, kind, name, etag ?? null, hash ?? null, cloud.now() + livesMs)
  return `${cloud.url()}/client/v4/d1/files/${key}`
}

/** The file behind an address, unless it has expired. */
export function fileAt({ store, now }: Cloud, key: string, kind: Wanted['kind'], path: string): File {
  const sql = 'select key, database_id, name, etag, hash, expires_at from d1_files where key = ? and kind = ?'
  const found = store.get(File, sql, key, kind)
  if (!found || found.expires_at < now()) throw noSuchRoute(path)
  return found
}

/** The file of an import by its name. */
export function uploadCalled({ store }: Cloud, databaseId: string, name: string): File | null {
  const sql = `select key, database_id, name, etag, hash, expires_at from d1_files
    where database_id = ? and kind = 'import' and name = ? and hash is not null order by expires_at desc limit 1`
  return store.get(File, sql, databaseId, name)
}
