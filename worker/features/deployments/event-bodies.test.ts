import { randomUUID } from 'node:crypto'
import { diagnosticEvent, logLines, ndjson, operationEvent, recorder, resourceEvent } from '../../testing-runs.ts'
import { metered, startWorker } from '../../testing.ts'
import { readEvents } from './event-batch.ts'
import { digestOf, storeBatch } from './event-store.ts'

const worker = startWorker()
const { begun, logged, report, shown } = recorder(worker)
const at = new Date().toISOString()

type Json = Record<string, unknown>
const json = async (response: { json(): Promise<unknown> }) => (await response.json()) as Json

test.each([
  ['no JSON', 'hello', 1],
  ['JSON that is no object', '[]', 1],
  ['a broken second line', `${ndjson(logLines(1, 1))}{"type":`, 2],
  ['invalid UTF-8', Buffer.concat([Buffer.from(ndjson(logLines(1, 2))), Buffer.from([0x22, 0xff, 0x22])]), 3],
  ['a NUL byte', '\0', 1],
  ['a NUL in a line of output', ndjson(logLines(1, 1, () => 'a\0b')), 1],
  ['a NUL in a detail', ndjson([diagnosticEvent(1, { detail: '\0' })]), 1],
  ['an unknown type', ndjson([{ type: 'metric', at }]), 1],
  ['an unknown member', ndjson(logLines(1, 1).map((line) => ({ ...line, color: 'red' }))), 1],
  ['a line that is skipped', ndjson([...logLines(1, 2), ...logLines(4, 1)]), 3],
  ['lines that go back', ndjson([...logLines(2, 1), ...logLines(1, 1)]), 2],
  ['line zero', ndjson(logLines(0, 1)), 1],
  ['a line that is too long', ndjson(logLines(1, 1, () => 'x'.repeat(65_537))), 1],
  ['no time', ndjson([{ ...logLines(1, 1)[0], at: 'now' }]), 1],
  ['a time before 1970', ndjson([{ ...logLines(1, 1)[0], at: '1969-12-31T23:59:59Z' }]), 1],
  ['operation zero', ndjson([operationEvent('in_progress', { operation: 0 })]), 1],
  ['an ending without a duration', ndjson([operationEvent('success')]), 1],
  ['a status of runs', ndjson([operationEvent('abandoned', { duration_ms: 1 })]), 1],
  ['an unknown action', ndjson([resourceEvent('success', { action: 'explode' })]), 1],
  ['an unknown note', ndjson([{ type: 'note', n: 1, kind: 'lock_taken', detail: '', at }]), 1],
  ['nesting beyond reason', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 1],
])('%s is refused whole, and the line is named', async (_, body, line) => {
  const { deployment } = await begun()
  const response = await worker.fetch(`/api/deployments/${deployment.id}/events`, {
    method: 'POST',
    headers: { 'idempotency-key': 'k' },
    body,
  })
  const problem = await json(response)
  expect([response.status, problem['line'], problem['detail']]).toEqual([
    400,
    line,
    expect.stringMatching(`^Line ${line}: `),
  ])
  expect(await logged(deployment.id)).toEqual([])
})

test('a batch needs a key, and a limit is a limit', async () => {
  const { deployment } = await begun()
  for (const key of ['', 'a b', 'x'.repeat(101)]) {
    const headers = key === '' ? {} : { 'idempotency-key': key }
    const body = ndjson(logLines(1, 1))
    const path = `/api/deployments/${deployment.id}/events`
    expect((await worker.fetch(path, { method: 'POST', headers, body })).status).toBe(400)
  }
  const large = ndjson(logLines(1, 62, () => 'x'.repeat(65_000)))
  expect((await report(deployment.id, large)).status).toBe(413)
  expect((await report(deployment.id, ndjson(logLines(1, 60, () => 'x'.repeat(65_000))))).status).toBe(200)
  expect((await report('deploy-2026-11-21-999', logLines(1, 1))).status).toBe(404)
  expect((await worker.fetch(`/api/deployments/${deployment.id}/events?x=1`, { method: 'POST' })).status).toBe(400)
})

test('half characters and any media type are taken, and a time ahead of ours is ours', async () => {
  const { deployment } = await begun()
  const line = { ...logLines(1, 1, () => 'a\ud83d b')[0], at: '2999-01-01T00:00:00Z' }
  const response = await worker.fetch(`/api/deployments/${deployment.id}/events`, {
    method: 'POST',
    headers: { 'idempotency-key': 'k', 'content-type': 'application/x-www-form-urlencoded' },
    body: `\r\n${ndjson([line])}\n`,
  })
  expect(response.status).toBe(200)
  const [stored] = await logged(deployment.id)
  expect(stored?.text).toBe('a\ufffd b')
  expect(Date.parse(stored?.at ?? '')).toBeLessThanOrEqual(Date.now())
})

test('an empty body says that the run goes on', async () => {
  const { deployment } = await begun()
  const db = await worker.db()
  await db.prepare('update deployments set reported_at = 1, updated_at = 1').run()
  const response = await worker.fetch(`/api/deployments/${deployment.id}/events`, { method: 'POST' })
  expect([response.status, await json(response)]).toEqual([200, { first_line: null, lines: 0, stored: true }])
  expect(Date.parse(String((await shown(deployment.id))['reported_at']))).toBeGreaterThan(Date.now() - 10_000)
  expect(await db.prepare('select count(*) as n from deployment_logs').first('n')).toBe(0)
})

test('a batch of 500 lines costs at most three rows written, and few read, however many there are', async () => {
  const { deployment } = await begun()
  const whole = await worker.db()
  await whole
    .prepare(`with recursive c (v) as (select 0 union all select v + 1 from c where v < 999)
      insert into deployment_logs (deployment_id, batch, sha256, first_line, lines, recorded_at)
      select d.id, 'b' || v, '', v * 500 + 1, 500, 1 from c, deployments d`)
    .run()
  const row = await whole.prepare('select id as row, run_key, started_at as started from deployments').first()
  const { db, read, written } = metered(whole)
  const env = { DEPLOYMENT_DB: db, RECORDS: await worker.server().getR2Bucket('RECORDS') } as unknown as Parameters<
    typeof storeBatch
  >[0]
  const run = { ...row, id: deployment.id, status: 'in_progress', inferred: false } as unknown as Parameters<
    typeof storeBatch
  >[1]
  const body = Buffer.from(ndjson(logLines(500_001, 500)))
  const batch = { ...readEvents(body, Date.now()), key: randomUUID(), sha256: digestOf(body) }
  await storeBatch(env, run, batch, Date.now())
  expect(written()).toBeLessThanOrEqual(3)
  expect(read()).toBeLessThanOrEqual(10)
  await expect(storeBatch(env, run, { ...batch, key: 'another' }, Date.now())).rejects.toThrow('holds')
})

test('20,000 lines are stored once each, in order, in R2 what is large', async () => {
  const { deployment } = await begun()
  let seed = 1
  const noise = () => (seed = (seed * 48_271) % 2_147_483_647)
  const batches = Array.from({ length: 5 }, (_, n) =>
    ndjson(logLines(n * 4000 + 1, 4000, (line) => `${line} ${noise()} ${noise()} ${noise()}`)),
  )
  const answers = await Promise.all(batches.map((body) => report(deployment.id, body)))
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200))
  const texts = await logged(deployment.id)
  expect(texts).toHaveLength(20_000)
  expect(texts.every(({ text }, index) => text.startsWith(`${index + 1} `))).toBe(true)
  const db = await worker.db()
  expect(
    await db.prepare('select count(*) as n from deployment_logs where r2_key is not null').first('n'),
  ).toBeGreaterThan(0)
})
