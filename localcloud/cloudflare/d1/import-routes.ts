import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { invalid } from './errors.ts'
import { execute } from './execution.ts'
import { copyOf, keepText } from './files.ts'
import { databaseOf } from './queries.ts'
import { Import } from './schema.ts'
import type { Database } from './schema.ts'
import { statementsIn } from './statements.ts'
import { bookmarkNow } from './time-travel.ts'
import { fileAt, openFile, uploadCalled } from './transfers.ts'

/** How long a call waits for the end before it answers that the import goes on. */
const patienceMs = 2000

const State = z.object({ status: z.enum(['active', 'complete', 'error']) }).catchall(z.unknown())
const Row = z.object({ state: z.string().transform((text) => State.parse(JSON.parse(text))) })

/** Imports that run now, by database and bookmark. One that runs when the process ends is undone with its transaction. */
type Running = Map<string, Promise<void>>

export function importRoutes(api: Api, cloud: Cloud): void {
  const running: Running = new Map()
  api.post('/accounts/:account/d1/database/:id/import', async (c) => {
    const database = databaseOf(cloud.store, c.req.param('id'))
    const body = await readJson(c, Import, invalid)
    if (body.action === 'init') return ok(await begin(cloud, running, database, body.etag))
    if (body.action === 'poll') return answer(cloud, running, database, body.current_bookmark)
    return answer(cloud, running, database, await ingest(cloud, running, database, body.filename, body.etag))
  })
  api.put('/d1/files/:key', async (c) => {
    const file = fileAt(cloud, c.req.param('key'), 'import', c.req.path)
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    const etag = createHash('md5').update(bytes).digest('hex')
    const hash = keepText(cloud, bytes)
    if (etag === file.etag) cloud.store.run('update d1_files set hash = ? where key = ?', hash, file.key)
    return new Response(null, { status: 200, headers: { etag: `"${etag}"` } })
  })
}

/** Where to leave the file; one that lies there already is taken at once. */
async function begin(cloud: Cloud, running: Running, database: Database, etag: string): Promise<object> {
  if (!/^[0-9a-f]{32}$/.test(etag)) throw invalid('etag: Invalid')
  const filename = `${database.id}.${etag}.sql`
  if (uploadCalled(cloud, database.id, filename)) {
    const bookmark = await ingest(cloud, running, database, filename, etag)
    await Promise.race([running.get(database.id + bookmark), pause(patienceMs)])
    return stateOf(cloud, database, bookmark)
  }
  const upload_url = openFile(cloud, database.id, { kind: 'import', name: filename, etag })
  return { success: true, type: 'import', filename, upload_url, messages: [] }
}

/** Starts an import and returns the bookmark by which it is asked for. */
async function ingest(
  cloud: Cloud,
  running: Running,
  database: Database,
  filename: string,
  etag: string,
): Promise<string> {
  const file = uploadCalled(cloud, database.id, filename)
  if (!file?.hash || file.etag !== etag) throw invalid('filename: File not found')
  const bookmark = await bookmarkNow(cloud, database)
  if (running.has(database.id + bookmark)) return bookmark
  keep(cloud, database, bookmark, { status: 'active' })
  const work = run(cloud, database, file.hash, bookmark).finally(() => running.delete(database.id + bookmark))
  running.set(database.id + bookmark, work)
  cloud.store.run('delete from d1_files where key = ?', file.key)
  return bookmark
}

async function run(cloud: Cloud, database: Database, hash: string, bookmark: string): Promise<void> {
  try {
    const statements = statementsIn(readFileSync(copyOf(cloud, hash), 'utf8')).map((sql) => ({ sql, params: [] }))
    const outcomes = await execute(cloud, database, statements)
    const sum = (name: 'duration' | 'rows_read' | 'rows_written' | 'changes') =>
      outcomes.reduce((total, { meta }) => total + meta[name], 0)
    const meta = {
      served_by: 'v3-prod',
      ...outcomes.at(-1)?.meta,
      duration: sum('duration'),
      changes: sum('changes'),
      rows_read: sum('rows_read'),
      rows_written: sum('rows_written'),
    }
    const final = await bookmarkNow(cloud, database)
    const result = { num_queries: statements.length, final_bookmark: final, meta }
    keep(cloud, database, bookmark, { status: 'complete', result })
  } catch (error) {
    if (!(error instanceof ApiError)) console.error('An import failed:', error)
    const text = error instanceof ApiError ? (error.reasons[0]?.message ?? '') : 'Import failed'
    keep(cloud, database, bookmark, { status: 'error', error: text, errors: [text] })
  }
}

function keep({ store }: Cloud, { id }: Database, bookmark: string, state: object): void {
  const sql = `insert into d1_imports (bookmark, database_id, state) values (?, ?, ?)
    on conflict (database_id, bookmark) do update set state = excluded.state`
  store.run(sql, bookmark, id, JSON.stringify(state))
}

async function answer(cloud: Cloud, running: Running, database: Database, bookmark: string): Promise<Response> {
  await Promise.race([running.get(database.id + bookmark), pause(patienceMs)])
  const state = stateOf(cloud, database, bookmark)
  const isLost = state.status === 'active' && !running.has(database.id + bookmark)
  if (isLost) return ok({ ...state, success: false, status: 'error', error: 'Import was interrupted', errors: [] })
  return ok(state, { status: state.status === 'active' ? 202 : 200 })
}

function stateOf({ store }: Cloud, { id }: Database, bookmark: string) {
  const sql = 'select state from d1_imports where database_id = ? and bookmark = ?'
  const row = store.get(Row, sql, id, bookmark)
  if (!row) throw invalid('current_bookmark: Not currently importing anything at that bookmark')
  const { status } = row.state
  return { success: status !== 'error', type: 'import', at_bookmark: bookmark, messages: [], ...row.state }
}
