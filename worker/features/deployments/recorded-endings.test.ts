import { operationEvent, recorder, runKey } from '../../testing-runs.ts'
import { client } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { begin, begun, report, shown, update } = recorder(worker)
const { run: stateRun, push } = client(worker)
const minutes = (n: number) => n * 60_000

async function counts() {
  const db = await worker.db()
  const [counters, days] = await Promise.all([
    db.prepare("select key, n from counters where scope = 'deployments' and n <> 0 order by key").raw(),
    db.prepare('select day, operation, n, failed from deployment_days where n <> 0 order by 1, 2').raw(),
  ])
  return { counters, days }
}

/** As if all runs had begun an hour ago, and nothing had been heard of them for 16 minutes. */
async function silence() {
  const db = await worker.db()
  await db
    .prepare('update deployments set started_at = ?, updated_at = ?, reported_at = ?')
    .bind(Date.now() - minutes(60), Date.now() - minutes(16), Date.now() - minutes(16))
    .run()
  await worker.minute()
}

test('a run that falls silent is taken for dead; a report wakes it, and its ending corrects the record once', async () => {
  const { deployment, run_token: token } = await begun({ state: 'prod' })
  const today = new Date().toISOString().slice(0, 10)
  await report(deployment.id, [operationEvent('in_progress', { kind: 'plan' })])
  await silence()
  const heard = Date.now() - minutes(16)
  const dead = await shown(deployment.id)
  expect(dead).toMatchObject({ status: 'abandoned', inferred: true, reason: expect.stringContaining('15 minutes') })
  expect(dead).toMatchObject({ operations: [{ status: 'abandoned' }] })
  expect(Math.abs(Date.parse(String(dead['finished_at'])) - heard)).toBeLessThan(10_000)
  expect(await counts()).toEqual({ counters: [['abandoned', 1]], days: [[today, 'apply', 1, 0]] })
  // What it started may still write.
  expect((await worker.fetch('/state/prod', { token })).status).toBe(404)

  expect((await update(deployment.id, {})).status).toBe(200)
  expect(await shown(deployment.id)).toMatchObject({
    status: 'in_progress',
    inferred: false,
    finished_at: null,
    operations: [{ status: 'in_progress' }],
  })
  expect((await counts()).counters).toEqual([['in_progress', 1]])

  await silence()
  for (const _ of [1, 2]) await update(deployment.id, { status: 'failed', exit_code: 1, reason: 'It broke.' })
  expect(await counts()).toEqual({ counters: [['failed', 1]], days: [[today, 'apply', 1, 1]] })
  expect(await shown(deployment.id)).toMatchObject({ status: 'failed', inferred: false, reason: 'It broke.' })
  for (const status of ['success', 'canceled', 'abandoned', 'in_progress']) {
    const refused = await update(deployment.id, { status })
    expect([refused.status, await refused.json()]).toMatchObject([409, { detail: expect.stringContaining('failed') }])
  }
  await silence()
  expect(await counts()).toEqual({ counters: [['failed', 1]], days: [[today, 'apply', 1, 1]] })
})

test('a batch wakes a run that was taken for dead, too', async () => {
  const { deployment } = await begun()
  await silence()
  await report(deployment.id, [operationEvent('success', { duration_ms: 1 })])
  expect(await shown(deployment.id)).toMatchObject({ status: 'in_progress', operations: [{ status: 'success' }] })
  expect((await counts()).counters).toEqual([['in_progress', 1]])
})

test('many reports of the end at the same time are one', async () => {
  const { deployment } = await begun()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      update(deployment.id, { status: n % 2 ? 'failed' : 'success', exit_code: n % 2 }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(4)
  expect(statuses.filter((status) => status === 409)).toHaveLength(4)
  const { counters, days } = await counts()
  expect(counters).toHaveLength(1)
  expect(days).toMatchObject([[expect.any(String), 'apply', 1, counters[0]?.[0] === 'failed' ? 1 : 0]])
  const db = await worker.db()
  expect(await db.prepare('select count(*) as n from command_history where exit_code is not null').first('n')).toBe(1)
})

test('what is told after the end fills gaps, and corrects where the run comes from', async () => {
  const { deployment } = await begun({ repository: 'octo/old' })
  await update(deployment.id, { status: 'success', reason: 'done' })
  await update(deployment.id, { exit_code: 0, reason: 'other', repository: 'octo/new', branch: 'main', dirty: false })
  expect(await shown(deployment.id)).toMatchObject({
    status: 'success',
    exit_code: 0,
    reason: 'done',
    repository: 'octo/new',
    branch: 'main',
    dirty: false,
  })
})

test('a run of yesterday that is delivered today is counted and numbered where it belongs', async () => {
  const started = Date.now() - 86_400_000
  const day = new Date(started).toISOString().slice(0, 10)
  const late = { started_at: new Date(started).toISOString(), operation: 'plan' }
  const ids: string[] = []
  for (const _ of [1, 2]) ids.push((await begun(late)).deployment.id)
  expect(ids).toEqual([`deploy-${day}-001`, `deploy-${day}-002`])
  await update(ids[0] ?? '', { status: 'failed', duration_ms: 60_000 })
  expect(await shown(ids[0] ?? '')).toMatchObject({ finished_at: new Date(started + 60_000).toISOString() })
  expect((await counts()).days).toEqual([[day, 'plan', 2, 1]])
})

test('a clock that is ahead is taken for ours', async () => {
  const { deployment } = await begun({ started_at: '2999-01-01T00:00:00+05:00' })
  expect(Date.parse(String(deployment['started_at']))).toBeLessThanOrEqual(Date.now())
  await update(deployment.id, { status: 'success', duration_ms: 3_600_000 })
  const run = await shown(deployment.id)
  expect(Date.parse(String(run['finished_at']))).toBeLessThanOrEqual(Date.now())
  expect(run['duration_ms']).toBe(3_600_000)
})

test('how long a run may take is the median of the last five that did the same', async () => {
  await push('prod', JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources: [] }))
  await stateRun('prod', (row) => row['status'] === 'success')
  expect((await begun({ state: 'prod', operation: 'destroy' })).expected_ms).toBeNull()
  for (const ms of [900_000, 1000, 5000, 3000, 2000, 4000]) {
    const { deployment } = await begun({ state: 'prod', operation: 'destroy' })
    await update(deployment.id, { status: 'success', duration_ms: ms })
  }
  const failed = await begun({ state: 'prod', operation: 'destroy' })
  await update(failed.deployment.id, { status: 'failed', duration_ms: 1 })
  const { expected_ms: expected, deployment } = await begun({ state: 'prod', operation: 'destroy' })
  expect([expected, deployment['expected_ms']]).toEqual([3000, 3000])
  expect((await begun({ state: 'prod', operation: 'apply' })).expected_ms).not.toBe(3000)
})

test.each([
  [{ run: 'run-123' }, 'run key'],
  [{ run: undefined }, '/run'],
  [{ operation: 'explode' }, '/operation'],
  [{ state: '../etc' }, '/state'],
  [{ command: '' }, '/command'],
  [{ command: 'x'.repeat(4001) }, '/command'],
  [{ actor: 'a\0b' }, 'NUL'],
  [{ repository: 'no-owner' }, 'owner/name'],
  [{ commit_sha: 'HEAD' }, 'hexadecimal'],
  [{ task: 'soon' }, 'task'],
  [{ tool: 'pulumi' }, '/tool'],
  [{ traceparent: '00-0-0-00' }, 'traceparent'],
  [{ started_at: 'now' }, 'ISO 8601'],
  [{ started_at: '1900-01-01T00:00:00Z' }, '1970'],
  [{ color: 'red' }, 'color'],
])('a run begun with %j is refused: %s', async (more, reason) => {
  const response = await begin({ run: runKey(), ...more })
  expect([response.status, JSON.stringify(await response.json())]).toEqual([400, expect.stringContaining(reason)])
  const db = await worker.db()
  expect(await db.prepare('select count(*) as n from deployments').first('n')).toBe(0)
})

test.each([
  { status: 'pending' },
  { status: 'done' },
  { exit_code: 'zero' },
  { duration_ms: -1 },
  { reason: 'x'.repeat(2001) },
  { run: runKey() },
  { operation: 'plan' },
])('the report %j is refused', async (json) => {
  const { deployment } = await begun()
  expect((await update(deployment.id, json)).status).toBe(400)
})
