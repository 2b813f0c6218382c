import type { Miniflare, RequestInit, Response } from 'miniflare'
import { bundleWorker, copyAssets } from '../scripts/embedded/bundle.ts'
import { manifest } from '../scripts/embedded/manifest.ts'
import { migrate } from '../scripts/embedded/migrations.ts'
import { makeMiniflare } from '../scripts/embedded/miniflare.ts'
import { workerOptions } from '../scripts/embedded/options.ts'

/** The owner's root token in tests. */
export const root = 'root-token-of-the-tests-0123456789-0123456789'

type Init = RequestInit & { token?: string | null; json?: unknown }

/**
 * The bundled Worker in workerd, for one test file: migrated once, its tables emptied after each test.
 * `more` are bindings, asked for when it starts. `fetch` calls as root unless it is given another `token`, or null for none.
 */
export function startWorker(more: () => Record<string, string> = () => ({})) {
  let mf: Miniflare
  let wipe: () => Promise<unknown>
  beforeAll(async () => {
    await copyAssets()
    const script = await bundleWorker()
    const bindings = { CLIENT_AUTH_TOKEN: root, ENVIRONMENT: 'test', ...more() }
    mf = makeMiniflare({ cf: false, workers: [workerOptions(manifest, { script, bindings, queueDelaySeconds: 0.05 })] })
    const db = await mf.getD1Database('DEPLOYMENT_DB')
    await migrate(db)
    const [statements, bucket] = [await wiping(db), await mf.getR2Bucket('RECORDS')]
    wipe = () => Promise.all([db.batch(statements), empty(bucket)])
  })
  afterEach(() => wipe())
  afterAll(() => mf.dispose())

  async function call(path: string, { token = root, json, ...init }: Init = {}): Promise<Response> {
    const headers = new Headers(init.headers as Record<string, string>)
    if (token !== null) headers.set('authorization', `Bearer ${token}`)
    if (json !== undefined) headers.set('content-type', 'application/json')
    const body = json === undefined ? init.body : JSON.stringify(json)
    return mf.dispatchFetch(`http://throughline.test${path}`, {
      ...init,
      headers: [...headers],
      ...(body ? { body } : {}),
    })
  }
  /** What the clock does every minute. */
  async function minute(): Promise<void> {
    const self = await mf.getWorker()
    await self.scheduled({ cron: '* * * * *' })
  }
  return { fetch: call, minute, db: () => mf.getD1Database('DEPLOYMENT_DB'), server: () => mf }
}

type Bucket = Awaited<ReturnType<Miniflare['getR2Bucket']>>
type Database = Awaited<ReturnType<Miniflare['getD1Database']>>
type Prepared = ReturnType<Database['prepare']>

/** The database with a meter: how many rows D1 says its queries have read and written. */
export function metered(db: Database) {
  let read = 0
  let written = 0
  const note = <Result extends { meta: { rows_read: number; rows_written: number } }>(result: Result): Result => {
    read += result.meta.rows_read
    written += result.meta.rows_written
    return result
  }
  const wrap = (statement: Prepared) => ({
    statement,
    bind: (...values: unknown[]) => wrap(statement.bind(...values)),
    all: async () => note(await statement.all()),
    run: async () => note(await statement.run()),
    first: async () => note(await statement.all()).results[0] ?? null,
  })
  type Wrapped = ReturnType<typeof wrap>
  const batch = async (list: Wrapped[]) => (await db.batch(list.map(({ statement }) => statement))).map(note)
  return {
    db: { prepare: (text: string) => wrap(db.prepare(text)), batch } as unknown as Database,
    /** Rows read since it was asked last. */
    read: () => {
      const rows = read
      read = 0
      return rows
    },
    /** Rows written since it was asked last, those of indexes among them. */
    written: () => {
      const rows = written
      written = 0
      return rows
    },
  }
}

/** What empties every table: the triggers that forbid it are taken away and put back as they were. */
async function wiping(db: Database): Promise<Prepared[]> {
  const tables = await db.prepare(ownTables).all<{ name: string }>()
  const triggers = await db.prepare("select name, sql from sqlite_master where type = 'trigger'").all<Trigger>()
  return [
    'pragma defer_foreign_keys = on',
    ...triggers.results.map(({ name }) => `drop trigger if exists "${name}"`),
    ...tables.results.map(({ name }) => `delete from "${name}"`),
    ...triggers.results.map(({ sql }) => sql),
  ].map((text) => db.prepare(text))
}

type Trigger = { name: string; sql: string }

async function empty(bucket: Bucket): Promise<void> {
  for (;;) {
    const { objects } = await bucket.list()
    if (objects.length === 0) return
    await bucket.delete(objects.map(({ key }) => key))
  }
}

const ownTables =
  "select name from sqlite_master where type = 'table' and name not glob '_*' and name not glob 'sqlite_*' " +
  "and name not glob 'resource_text_*' and name <> 'd1_migrations'"

/** Asks again until the answer satisfies, for what happens a moment later; fails with the last answer after `ms`. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  ok: (value: Value) => boolean,
  ms = 5000,
): Promise<Value> {
  const deadline = Date.now() + ms
  for (;;) {
    const value = await ask()
    if (ok(value)) return value
    if (Date.now() > deadline) throw new Error(`Still not so after ${ms} ms: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
