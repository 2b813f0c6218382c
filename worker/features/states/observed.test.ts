import { client, info, state } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, run } = client(worker)

test('a run is recorded from its lock, writes and release alone', async () => {
  const mine = info()
  await lock('observed', mine)
  await run('observed', (row) => row['status'] === 'in_progress')
  await push('observed', state(1, [{ name: 'a' }, { name: 'b' }]), mine.ID)
  await run('observed', (row) => row['resources_created'] === 2 && row['status'] === 'in_progress')
  await push(
    'observed',
    state(2, [{ name: 'a' }, { name: 'b', attributes: { id: 'b', input: 1 } }, { name: 'c' }]),
    mine.ID,
  )
  await unlock('observed', mine)
  expect(await run('observed', (row) => row['status'] !== 'in_progress')).toMatchObject({
    status: 'success',
    inferred: 1,
    operation: 'apply',
    actor: 'alice@laptop',
    terraform_version: '1.11.4',
    resources_created: 3,
    resources_updated: 1,
    resource_count: 3,
    writes: 2,
  })
})

test('a run whose last state holds tainted resources has failed', async () => {
  const mine = info()
  await lock('tainted', mine)
  await push('tainted', state(1, [{ name: 'a', status: 'tainted' }]), mine.ID)
  await unlock('tainted', mine)
  expect(await run('tainted', (row) => row['status'] === 'failed')).toMatchObject({ inferred: 1 })
})

test('emptying a state is a destroy', async () => {
  const [first, second] = [info(), info()]
  await lock('emptied', first)
  await push('emptied', state(1, [{ name: 'a' }]), first.ID)
  await unlock('emptied', first)
  await lock('emptied', second)
  await push('emptied', state(2), second.ID)
  await unlock('emptied', second)
  expect(await run('emptied', (row) => row['status'] === 'success' && row['operation'] === 'destroy')).toMatchObject({
    resources_deleted: 1,
  })
  const db = await worker.db()
  const days = await db.prepare('select operation, n from deployment_days order by operation').all()
  expect(days.results).toEqual([
    { operation: 'apply', n: 1 },
    { operation: 'destroy', n: 1 },
  ])
  const counters = await db
    .prepare("select key, n from counters where scope in ('deployments', 'resources') order by key")
    .all()
  expect(counters.results).toEqual([
    { key: 'in_progress', n: 0 },
    { key: 'success', n: 2 },
    { key: 'terraform', n: 0 },
  ])
})

test('a state of many pieces is read back whole and listed whole', async () => {
  const resources = Array.from({ length: 1500 }, (_, n) => ({
    name: `r${n}`,
    attributes: { id: `i${n}`, input: `${n} `.repeat(400) },
  }))
  const body = state(1, resources)
  expect(body.length).toBeGreaterThan(2_500_000)
  await push('large', body)
  await run('large', (row) => row['resources_created'] === 1500)
  expect(await (await worker.fetch('/state/large')).text()).toBe(body)
  const db = await worker.db()
  const listed = await db
    .prepare("select count(*) as n, sum(attributes ->> 'id' = 'i' || substr(name, 2)) as whole from managed_resources")
    .first()
  expect(listed).toEqual({ n: 1500, whole: 1500 })
  const counters = await db.prepare("select n from counters where scope = 'resources'").all()
  expect(counters.results).toEqual([{ n: 1500 }])
})

test('secrets of a state are nowhere in the inventory, not even where a provider copied them', async () => {
  const secret = 'correct horse battery staple'
  const attributes = { id: 'a', input: secret, output: { copy: `it is ${secret}!` }, admin_password: 'hunter2hunter2' }
  await push(
    'secret',
    state(1, [
      { name: 'z', attributes: { id: 'z', note: secret } },
      { name: 'a', attributes, sensitive: ['input'] },
    ]),
  )
  const db = await worker.db()
  const rows = await eventually(
    async () =>
      (await db.prepare('select attributes from managed_resources order by id').all<{ attributes: string }>()).results,
    (found) => found.length === 2,
  )
  expect(JSON.stringify(rows)).not.toMatch(/correct horse|hunter2/)
  expect(JSON.parse(rows[1]?.attributes ?? '')).toMatchObject({
    input: '(sensitive)',
    output: { copy: 'it is (sensitive)!' },
  })
})

test('what cannot be read is stored all the same, and says why it is not listed', async () => {
  const encrypted = JSON.stringify({
    serial: 1,
    lineage: 'l',
    meta: {},
    encrypted_data: 'AAAA',
    encryption_version: 'v0',
  })
  const newer = JSON.stringify({ version: 5, serial: 1, lineage: 'l', terraform_version: '9.0.0', content: [] })
  await push('encrypted', encrypted)
  await push('newer', newer)
  expect(await (await worker.fetch('/state/encrypted')).text()).toBe(encrypted)
  const db = await worker.db()
  const found = await eventually(
    async () => (await db.prepare('select name, inventory, inventory_detail from states order by name').all()).results,
    (rows) => rows.every((row) => row['inventory'] !== 'none') && rows.length === 2,
  )
  expect(found).toMatchObject([
    { name: 'encrypted', inventory: 'encrypted' },
    { name: 'newer', inventory: 'unsupported', inventory_detail: expect.stringContaining('version 5') },
  ])
})

test('a run whose lock is gone without a word is abandoned by the clock, one that is held is not', async () => {
  const [gone, held] = [info(), info()]
  await lock('gone', gone)
  await lock('still-held', held)
  await run('gone', (row) => row['status'] === 'in_progress')
  await run('still-held', (row) => row['status'] === 'in_progress')
  const db = await worker.db()
  // As if the release had never been heard of: the ledger holds another lock by now, and all are silent for long.
  await db
    .prepare("update deployments set started_at = 1, updated_at = 1, run_key = iif(run_key = ?, 'dead', run_key)")
    .bind(gone.ID)
    .run()
  await worker.minute()
  expect(await run('gone', (row) => row['status'] !== 'in_progress')).toMatchObject({ status: 'abandoned' })
  expect(await run('still-held', () => true)).toMatchObject({ status: 'in_progress' })
  const counters = await db.prepare("select key, n from counters where scope = 'deployments' order by key").all()
  expect(counters.results).toEqual([
    { key: 'abandoned', n: 1 },
    { key: 'in_progress', n: 1 },
  ])
})
