import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { client, info, state } from '../../testing-states.ts'
import { eventually, root, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, run } = client(worker)

type Row = Record<string, unknown>

async function rows(query: string): Promise<Row[]> {
  return (await (await worker.db()).prepare(query).all<Row>()).results
}

async function versionOf(name: string, version: number): Promise<void> {
  await eventually(
    async () => (await (await worker.fetch(`/api/states/${name}`)).json()) as Row,
    (found) => found['version'] === version,
  )
}

/** Has D1 refuse one kind of change while `work` runs. */
async function whileRefusing(change: string, work: () => Promise<void>): Promise<void> {
  const db = await worker.db()
  await db.prepare(`create trigger refusing before ${change} begin select raise(abort, 'not now'); end`).run()
  try {
    await work()
  } finally {
    await db.prepare('drop trigger refusing').run()
  }
}

test('while D1 refuses, everything is accepted; then it follows, in order and once', async () => {
  const mine = info()
  await whileRefusing('insert on state_snapshots', async () => {
    await lock('later', mine)
    await push('later', state(1, [{ name: 'a' }]), mine.ID)
    await push('later', state(2, [{ name: 'a' }, { name: 'b' }]), mine.ID)
    expect((await unlock('later', mine)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await rows('select version from state_snapshots')).toEqual([])
  })
  expect(await run('later', (row) => row['status'] === 'success')).toMatchObject({ writes: 2, resources_created: 2 })
  expect(await rows('select version from state_snapshots order by id')).toEqual([{ version: 1 }, { version: 2 }])
  expect(await rows('select action from resource_changes')).toEqual([{ action: 'create' }, { action: 'create' }])
})

test('a run whose release D1 was not told yet is not abandoned by the clock', async () => {
  const mine = info()
  await lock('unheard', mine)
  await run('unheard', (row) => row['status'] === 'in_progress')
  await (await worker.db()).prepare('update deployments set started_at = 1, updated_at = 1').run()
  await whileRefusing('update of lock_id on states', async () => {
    await unlock('unheard', mine)
    await worker.minute()
    expect(await run('unheard', () => true)).toMatchObject({ status: 'in_progress' })
  })
  expect(await run('unheard', (row) => row['status'] !== 'in_progress')).toMatchObject({ status: 'success' })
})

test('a lock id that is named like another run stops nothing', async () => {
  const mine = info('OperationTypeApply', 'version:1')
  await lock('named', mine)
  await unlock('named', mine)
  await push('named', state(1))
  await versionOf('named', 1)
  expect(await rows("select key, n from counters where scope = 'deployments' and n <> 0")).toEqual([
    { key: 'success', n: 1 },
  ])
  expect(await rows('select operation, n from deployment_days')).toEqual([{ operation: 'apply', n: 1 }])
})

test('a body that breaks off is the fault of its client, and leaves nothing', async () => {
  const { host, hostname, port } = await worker.server().ready
  const socket = connect(Number(port), hostname)
  socket.end(
    `POST /state/broken HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${root}\r\nContent-Length: 1000\r\n\r\n{"a":`,
  )
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /)
  expect((await worker.fetch('/state/broken')).status).toBe(404)
})

test('while D1 follows a large state, others are answered', async () => {
  const resources = Array.from({ length: 15_000 }, (_, n) => ({ name: `n${n}` }))
  await push('large', state(1, resources))
  let slowest = 0
  await eventually(
    async () => {
      const begin = performance.now()
      expect((await worker.fetch('/api/health')).status).toBe(200)
      slowest = Math.max(slowest, performance.now() - begin)
      return rows('select version from state_snapshots')
    },
    (found) => found.length === 1,
    20_000,
  )
  expect(slowest).toBeLessThan(1500)
}, 30_000)
