import { createHash, createHmac, randomUUID } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import type { Cloud } from '../cloud.ts'
import { hashesOf, storagesOf } from './queries.ts'

/** The class whose objects are databases. The names of their files follow from it. */
const uniqueKey = 'miniflare-D1DatabaseObject'

/** Where the runtime keeps the database with this storage. */
export function fileOf(cloud: Cloud, storage: string): string {
  return join(folderOf(cloud), `${objectId(storage)}.sqlite`)
}

function folderOf({ folder }: Cloud): string {
  return join(folder, 'runtime', 'd1', uniqueKey)
}

/** The identifier that the runtime derives for an object of this name. */
function objectId(name: string): string {
  const key = createHash('sha256').update(uniqueKey).digest()
  const half = createHmac('sha256', key).update(name).digest().subarray(0, 16)
  const proof = createHmac('sha256', key).update(half).digest().subarray(0, 16)
  return Buffer.concat([half, proof]).toString('hex')
}

/** Where copies of databases, and their SQL, lie by the hash of what is in them. */
export function copyOf({ folder }: Cloud, hash: string): string {
  return join(folder, 'd1-copies', `${hash}.copy`)
}

/** Keeps SQL that came in or is to be fetched. */
export function keepText(cloud: Cloud, bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes).digest('hex')
  const draft = copyOf(cloud, randomUUID())
  mkdirSync(dirname(draft), { recursive: true })
  writeFileSync(draft, bytes)
  renameSync(draft, copyOf(cloud, hash))
  return hash
}

/** A copy by its content, and from when to when the database is known to have been the same. */
type Copy = { readonly hash: string; readonly since: number; readonly until: number }

/** Copies a database as it is now, while it may be in use. */
export async function copyNow(cloud: Cloud, storage: string): Promise<Copy> {
  const draft = copyOf(cloud, randomUUID())
  mkdirSync(dirname(draft), { recursive: true })
  const file = fileOf(cloud, storage)
  const [since, until] = [changedAt(file), cloud.now()]
  const isSame = change(file, (database) => {
    database.prepare('vacuum into ?').run(draft)
    // Before the connection is closed, which may itself write.
    return changedAt(file) === since
  })
  // The runtime counts every query in a table of its own, which it makes anew.
  change(draft, (database) => database.exec('drop table if exists _cf_METADATA; vacuum'))
  const hash = createHash('sha256')
  await pipeline(createReadStream(draft), hash)
  const name = hash.digest('hex')
  renameSync(draft, copyOf(cloud, name))
  return { hash: name, since: isSame ? since : Infinity, until }
}

/** The kernel's clock for files lags behind by one of its ticks. */
const tickMs = 10

/** From when on a database is certain to be what its file holds now. Queries that only read count as changes here. */
export function changedAt(file: string): number {
  const times = [file, `${file}-wal`].map((name) => statSync(name, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return Math.ceil(Math.max(...times)) + tickMs
}

function change<Result>(file: string, work: (database: DatabaseSync) => Result): Result {
  const database = new (sqlite().DatabaseSync)(file)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** Removes what no database uses any more: after a database was deleted or restored. */
export function sweepStorages(cloud: Cloud): void {
  cloud.store.run('delete from d1_files where expires_at < ?', cloud.now())
  const used = new Set(storagesOf(cloud.store).map(objectId))
  const copies = new Set(hashesOf(cloud.store))
  remove(folderOf(cloud), (name) => name.startsWith('metadata.') || used.has(name.slice(0, 64)))
  remove(join(cloud.folder, 'd1-copies'), (name) => copies.has(name.slice(0, 64)))
}

function remove(folder: string, isUsed: (name: string) => boolean): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) if (!isUsed(name)) rmSync(join(folder, name), { force: true })
}
