import { diagnosticEvent, logLines, operationEvent, recorder, resourceEvent } from '../../testing-runs.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { begun, logged, report, shown, update } = recorder(worker)
const at = new Date().toISOString()

type Json = Record<string, unknown>
const json = async (response: { json(): Promise<unknown> }) => (await response.json()) as Json

test('the same batch again is answered as the first time, and its key with another content is refused', async () => {
  const { deployment } = await begun()
  const batch = [
    ...logLines(1, 3),
    diagnosticEvent(1),
    operationEvent('success', { duration_ms: 5, summary: { add: 2, change: 0, remove: 0, import: 0 } }),
  ]
  expect(await json(await report(deployment.id, batch, 'k'))).toEqual({ first_line: 1, lines: 3, stored: true })
  const before = await shown(deployment.id)
  expect(await json(await report(deployment.id, batch, 'k'))).toEqual({ first_line: 1, lines: 3, stored: false })
  expect(await shown(deployment.id)).toEqual(before)
  const other = await report(deployment.id, logLines(4, 1), 'k')
  expect([other.status, (await json(other))['detail']]).toEqual([409, expect.stringContaining('another content')])
  expect(await logged(deployment.id)).toHaveLength(3)
})

test('lines belong to one batch', async () => {
  const { deployment } = await begun()
  expect((await report(deployment.id, logLines(11, 10))).status).toBe(200)
  for (const [first, count] of [
    [11, 1],
    [20, 5],
    [5, 7],
    [1, 100],
    [15, 2],
  ] as const) {
    const refused = await report(deployment.id, [...logLines(first, count), diagnosticEvent(1)])
    expect([refused.status, (await json(refused))['detail']]).toEqual([409, expect.stringMatching(/line/)])
  }
  for (const [first, count] of [
    [1, 10],
    [21, 1],
  ] as const)
    expect((await report(deployment.id, logLines(first, count))).status).toBe(200)
  expect(await logged(deployment.id)).toHaveLength(21)
  expect(await shown(deployment.id)).toMatchObject({ operations: [], logs: { lines: 21 } })
})

test('of requests at the same time each batch is stored once, and each line', async () => {
  const { deployment } = await begun()
  const batch = logLines(1, 50)
  const same = await Promise.all(Array.from({ length: 6 }, () => report(deployment.id, batch, 'same')))
  const receipts = await Promise.all(same.map(json))
  expect(receipts.filter(({ stored }) => stored)).toHaveLength(1)
  expect(same.map(({ status }) => status)).toEqual(Array(6).fill(200))
  const rivals = await Promise.all(
    Array.from({ length: 6 }, (_, n) => report(deployment.id, [...logLines(51, 10 + n), diagnosticEvent(n + 1)])),
  )
  expect(rivals.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409, 409])
  const { operations } = (await shown(deployment.id)) as { operations: { diagnostics: unknown[] }[] }
  expect(operations[0]?.diagnostics).toHaveLength(1)
})

test('events may come in any order and again: what has ended does not begin again', async () => {
  const done = operationEvent('success', {
    duration_ms: 5000,
    exit_code: 0,
    summary: { add: 1, change: 2, remove: 3, import: 4 },
  })
  const events = [
    operationEvent('in_progress', { at: new Date(Date.parse(at) - 5000).toISOString() }),
    resourceEvent('in_progress'),
    resourceEvent('success', { elapsed_ms: 40 }),
    diagnosticEvent(1),
    diagnosticEvent(2, { severity: 'error' }),
    done,
    { type: 'note', n: 1, kind: 'approved', detail: 'yes', at },
  ]
  const stories: unknown[] = []
  for (const order of [events, events.toReversed()]) {
    const { deployment } = await begun({ started_at: at })
    for (const event of [...order, ...order]) expect((await report(deployment.id, [event])).status).toBe(200)
    const { operations, timeline } = await shown(deployment.id)
    const { changes } = await json(await worker.fetch(`/api/deployments/${deployment.id}/changes`))
    stories.push({ operations, timeline, changes })
  }
  expect(stories[1]).toEqual(stories[0])
  expect(stories[0]).toMatchObject({
    operations: [
      {
        status: 'success',
        exit_code: 0,
        duration_ms: 5000,
        added: 1,
        changed: 2,
        destroyed: 3,
        imported: 4,
        to_add: null,
        diagnostics: [{ n: 1 }, { n: 2 }],
        more_diagnostics: 0,
      },
    ],
    changes: [{ address: 'random_pet.a', type: 'random_pet', action: 'create', status: 'success', elapsed_ms: 40 }],
  })
})

test('a replacement is done when both its halves are, and failed when one is', async () => {
  const { deployment } = await begun()
  const listed = async () => {
    const { changes } = await json(await worker.fetch(`/api/deployments/${deployment.id}/changes`))
    return (changes as Json[]).map(({ action, status, elapsed_ms: ms }) => [action, status, ms])
  }
  await report(deployment.id, [
    resourceEvent('success', { action: 'delete', elapsed_ms: 10 }),
    resourceEvent('in_progress'),
  ])
  expect(await listed()).toEqual([['replace', 'in_progress', 10]])
  await report(deployment.id, [resourceEvent('success', { elapsed_ms: 5 })])
  expect(await listed()).toEqual([['replace', 'success', 15]])
  await report(deployment.id, [
    resourceEvent('failed', { address: 'module.a["x.y"].random_pet.b[0]', action: 'update' }),
  ])
  expect((await listed())[0]).toEqual(['update', 'failed', null])
})

test('of very many diagnostics errors are kept before warnings, and the rest is counted', async () => {
  const { deployment } = await begun()
  const many = Array.from({ length: 450 }, (_, n) => diagnosticEvent(n + 1))
  await report(deployment.id, many.slice(200))
  await report(deployment.id, [diagnosticEvent(451, { severity: 'error', address: 'random_pet.a' })])
  await report(deployment.id, many.slice(0, 200))
  type Operation = { diagnostics: { n: number }[]; more_diagnostics: number }
  const first = async () => ((await shown(deployment.id)) as { operations: Operation[] }).operations[0]
  expect((await first())?.diagnostics.map(({ n }) => n)).toEqual([...Array.from({ length: 199 }, (_, n) => n + 1), 451])
  expect((await first())?.more_diagnostics).toBe(251)
  const long = Array.from({ length: 20 }, (_, n) =>
    diagnosticEvent(n + 1, { operation: 2, detail: '🎉'.repeat(30_000) }),
  )
  await report(deployment.id, long)
  const [, second] = ((await shown(deployment.id)) as { operations: Operation[] }).operations
  expect(second?.diagnostics.length).toBeGreaterThan(2)
  expect(JSON.stringify(second?.diagnostics).length).toBeLessThan(64_000)
  expect((second?.diagnostics.length ?? 0) + (second?.more_diagnostics ?? 0)).toBe(20)
})

test('what is reported after the end of a run joins it', async () => {
  const { deployment } = await begun({ started_at: at })
  await update(deployment.id, { status: 'failed', exit_code: 1, duration_ms: 9000 })
  await report(deployment.id, [operationEvent('in_progress'), ...logLines(1, 1)])
  expect(await shown(deployment.id)).toMatchObject({
    status: 'failed',
    operations: [{ status: 'failed', duration_ms: expect.any(Number) }],
  })
  await report(deployment.id, [
    operationEvent('canceled', { duration_ms: 3, summary: { add: 7, change: 0, remove: 0, import: 0 } }),
  ])
  expect(await shown(deployment.id)).toMatchObject({
    status: 'failed',
    resources_created: 7,
    operations: [{ status: 'canceled', duration_ms: 3 }],
  })
})
