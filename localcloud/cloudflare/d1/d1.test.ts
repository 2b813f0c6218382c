import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccount, startAccount } from '../testing.ts'

type Made = { uuid: string; name: string; num_tables: number; file_size: number }
type Outcome = { results: unknown; success: boolean; meta: Record<string, unknown> }
type Transfer = {
  status: string
  at_bookmark: string
  upload_url: string
  error?: string
  result: Record<string, unknown>
}

describe('D1', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/d1/database`
  const make = async (name: string) => {
    const { result } = await account().call<Made>('POST', base(), { name })
    return `${base()}/${result.uuid}`
  }
  const query = (path: string, sql: string, params?: unknown[]) =>
    account().call<Outcome[]>('POST', `${path}/query`, { sql, ...(params ? { params } : {}) })
  const rows = async (path: string, sql: string) => (await query(path, sql)).result[0]?.results

  test('databases are made, read by id and by name, changed, listed and deleted', async () => {
    const made = await account().call<Made>('POST', base(), { name: 'main', primary_location_hint: 'weur' })
    expect(made.result).toMatchObject({ name: 'main', version: 'production', running_in_region: 'WEUR' })
    const path = `${base()}/${made.result.uuid}`
    expect(await account().call('POST', base(), { name: 'main' })).toMatchObject({
      status: 400,
      errors: [{ code: 7502, message: 'A database with that name already exists' }],
    })
    expect(await account().call('POST', base(), {})).toMatchObject({
      status: 400,
      errors: [{ code: 7400, message: 'Invalid property: name => Required' }],
    })
    expect(await account().call('POST', base(), '{')).toMatchObject({ status: 400, errors: [{ code: 7400 }] })
    expect(await account().call('GET', `${base()}/main?fields=uuid%2Cname`)).toMatchObject({
      result: { uuid: made.result.uuid, name: 'main' },
    })
    await query(path, 'create table t (a)')
    expect(await account().call('GET', path)).toMatchObject({ result: { num_tables: 1, file_size: 12_288 } })
    const changed = await account().call('PATCH', path, { read_replication: { mode: 'auto' } })
    expect(changed).toMatchObject({ result: { read_replication: { mode: 'auto' } } })
    expect(await account().call('GET', `${base()}?name=main`)).toMatchObject({
      result: [{ name: 'main' }],
      result_info: { count: 1, total_count: 1 },
    })
    expect(await account().call('GET', `${base()}?per_page=10&page=2`)).toMatchObject({ result: [] })
    expect(await account().call('DELETE', path)).toMatchObject({ status: 200, result: null })
    expect(await account().call('GET', path)).toMatchObject({
      status: 404,
      errors: [{ code: 7404, message: `The database ${made.result.uuid} could not be found` }],
    })
    expect(await account().call('POST', `${base()}/nothing/query`, { sql: 'select 1' })).toMatchObject({
      status: 400,
      errors: [{ code: 7400, message: 'Invalid property: databaseId => Invalid uuid' }],
    })
  })

  test('a call is one transaction, of one statement or of many', async () => {
    const path = await make('queries')
    const many = await query(path, "create table t (a integer, b); insert into t values (1, 'x;'); select a, b from t;")
    expect(many.result).toHaveLength(3)
    expect(many.result[2]).toMatchObject({ success: true, results: [{ a: 1, b: 'x;' }], meta: { rows_read: 1 } })
    expect((await query(path, 'select ? as a, ? as b, ? as c', ['1', null, true])).result[0]?.results).toEqual([
      { a: '1', b: null, c: 1 },
    ])
    const undone = await query(path, 'insert into t values (2, 2); insert into nowhere values (1)')
    expect(undone).toMatchObject({
      status: 400,
      errors: [{ code: 7500, message: 'no such table: nowhere: SQLITE_ERROR' }],
    })
    expect(await rows(path, 'select count(*) as n from t')).toEqual([{ n: 1 }])
    const batch = [{ sql: 'insert into t values (?, ?)', params: ['3', 'y'] }, { sql: 'select count(*) as n from t' }]
    const batched = await account().call<Outcome[]>('POST', `${path}/query`, { batch })
    expect(batched.result.map(({ results }) => results)).toEqual([[], [{ n: 2 }]])
    expect(await query(path, '-- nothing')).toMatchObject({ errors: [{ code: 7500 }] })
    expect(await query(path, 'select 1; select ?', ['1'])).toMatchObject({ errors: [{ code: 7500 }] })
    expect(await account().call('POST', `${path}/query`, { sql: 1 })).toMatchObject({ errors: [{ code: 7400 }] })
    expect(await query(path, 'begin transaction')).toMatchObject({ status: 400, errors: [{ code: 7500 }] })
  })

  test('raw answers have columns, also of nothing and of the same name twice', async () => {
    const path = await make('raw')
    const sql = 'create table t (a, b); select 1 as a, 2 as a; select * from t'
    const { result } = await account().call<Outcome[]>('POST', `${path}/raw`, { sql })
    expect(result.map(({ results }) => results)).toEqual([
      { columns: [], rows: [] },
      { columns: ['a', 'a'], rows: [[1, 2]] },
      { columns: ['a', 'b'], rows: [] },
    ])
  })

  test('a file is uploaded, taken in as one transaction, and reported', async () => {
    const path = await make('imports')
    const take = async (sql: string) => {
      const etag = createHash('md5').update(sql).digest('hex')
      const begun = await account().call<Transfer & { filename: string }>('POST', `${path}/import`, {
        action: 'init',
        etag,
      })
      const uploaded = await fetch(begun.result.upload_url, { method: 'PUT', body: sql })
      expect(uploaded.headers.get('etag')).toBe(`"${etag}"`)
      const { filename } = begun.result
      return account().call<Transfer>('POST', `${path}/import`, { action: 'ingest', etag, filename })
    }
    const done = await take('create table t (a);\ninsert into t values (1);\ninsert into t values (2);')
    expect(done.result).toMatchObject({ status: 'complete', result: { num_queries: 3, meta: { rows_written: 4 } } })
    const poll = { action: 'poll', current_bookmark: done.result.at_bookmark }
    expect(await account().call('POST', `${path}/import`, poll)).toMatchObject({ result: { status: 'complete' } })
    const failed = await take('insert into t values (3); insert into u values (1);')
    expect(failed.result).toMatchObject({ status: 'error', success: false, error: 'no such table: u: SQLITE_ERROR' })
    expect(await rows(path, 'select count(*) as n from t')).toEqual([{ n: 2 }])
    const nobody = { action: 'ingest', etag: 'x', filename: 'none.sql' }
    expect(await account().call('POST', `${path}/import`, nobody)).toMatchObject({ errors: [{ code: 7400 }] })
    expect(await account().call('POST', `${path}/import`, { action: 'go' })).toMatchObject({ errors: [{ code: 7400 }] })
    expect((await fetch(`${account().url}/client/v4/d1/files/guess`, { method: 'PUT', body: '' })).status).toBe(404)
  })

  test('an export is polled for and fetched from an address of its own', async () => {
    const path = await make('exports')
    await query(path, "create table t (a); insert into t values ('it''s'); create index i on t (a)")
    const begun = await account().call<Transfer>('POST', `${path}/export`, { output_format: 'polling' })
    expect(begun).toMatchObject({ status: 202, result: { status: 'active' } })
    const more = { output_format: 'polling', current_bookmark: begun.result.at_bookmark }
    const done = await account().call<Transfer>('POST', `${path}/export`, more)
    expect(done.result.status).toBe('complete')
    const text = await (await fetch(String(done.result.result['signed_url']))).text()
    expect(text).toBe(
      `PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE t (a);\nINSERT INTO "t" ("a") VALUES('it''s');\nCREATE INDEX i on t (a);\n`,
    )
    expect(await account().call('POST', `${path}/export`, {})).toMatchObject({ errors: [{ code: 7400 }] })
    await query(path, 'create virtual table f using fts5 (a)')
    expect(await account().call('POST', `${path}/export`, { output_format: 'polling' })).toMatchObject({
      status: 400,
      errors: [{ code: 7500 }],
    })
  })

  test('a database goes back to a bookmark, and forward again', async () => {
    const path = await make('past')
    await query(path, 'create table t (a); create virtual table f using fts5 (a); insert into t values (1)')
    const mark = async (at = '') =>
      (await account().call<{ bookmark: string }>('GET', `${path}/time_travel/bookmark${at}`)).result.bookmark
    const first = await mark()
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/)
    expect(await mark()).toBe(first)
    await query(path, "insert into t values (2); insert into f values ('word')")
    const restore = (bookmark: string) =>
      account().call<{ previous_bookmark: string }>('POST', `${path}/time_travel/restore?bookmark=${bookmark}`)
    const { result } = await restore(first)
    expect(await rows(path, 'select a from t')).toEqual([{ a: 1 }])
    expect(await rows(path, 'select a from f')).toEqual([])
    await restore(result.previous_bookmark)
    expect(await rows(path, 'select a from t')).toEqual([{ a: 1 }, { a: 2 }])
    expect(await rows(path, "select a from f('word')")).toEqual([{ a: 'word' }])
    await new Promise((done) => setTimeout(done, 30))
    expect(await mark(`?timestamp=${new Date().toISOString()}`)).toMatch(/-/)
    const early = `${path}/time_travel/bookmark?timestamp=2020-01-01T00:00:00Z`
    expect(await account().call('GET', early)).toMatchObject({ status: 400, errors: [{ code: 7400 }] })
    expect(await restore('nothing')).toMatchObject({ status: 400, errors: [{ code: 7400 }] })
  })
})

test('databases survive an end of the process, and the files of deleted ones do not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
  const first = await openAccount(folder)
  const make = (name: string) => first.call<Made>('POST', `${first.base}/d1/database`, { name })
  const [kept, gone] = [await make('kept'), await make('gone')]
  const path = `${first.base}/d1/database/${kept.result.uuid}`
  for (const { result } of [kept, gone]) {
    await first.call('POST', `${first.base}/d1/database/${result.uuid}/query`, { sql: 'create table t (a)' })
  }
  const { result: mark } = await first.call<{ bookmark: string }>('GET', `${path}/time_travel/bookmark`)
  await first.call('POST', `${path}/query`, { sql: 'drop table t' })
  await first.call('POST', `${path}/time_travel/restore?bookmark=${mark.bookmark}`)
  await first.call('DELETE', `${first.base}/d1/database/${gone.result.uuid}`)
  await first.stop()
  const again = await openAccount(folder)
  expect(await again.call('POST', `${path}/query`, { sql: 'select * from t' })).toMatchObject({ status: 200 })
  const files = readdirSync(join(folder, 'runtime', 'd1', 'miniflare-D1DatabaseObject'))
  expect(files.filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))).toHaveLength(1)
  await again.stop()
  rmSync(folder, { recursive: true, force: true })
})
