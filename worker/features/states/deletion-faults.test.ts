import { client, deletionsOf, miscounted, rowsOf, state } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { push, run } = client(worker)

const remove = async (name: string) => worker.fetch(`/api/states/${name}?confirm=${name}`, { method: 'DELETE' })
const rows = async (query: string, ...values: unknown[]) => rowsOf(worker, query, ...values)
const deleted = async (name: string, count = 1) => deletionsOf(worker, name, count)

test('5,000 resources are forgotten once, while D1 refuses parts of it', async () => {
  const resources = Array.from({ length: 5000 }, (_, n) => ({ name: `n${n}` }))
  await push('many', state(1, resources))
  await run('many', (row) => row['status'] === 'success', 30_000)
  const db = await worker.db()
  const refuse = async (name: string, event: string) =>
    db.prepare(`create trigger ${name} before ${event} begin select raise(abort, 'not now'); end`).run()
  await refuse('refusing', "update of status on managed_resources when new.address = 'terraform_data.n4000'")
  expect((await remove('many')).status).toBe(204)
  const live = async () =>
    Number((await rows("select count(*) as n from managed_resources where status <> 'deleted'"))[0]?.['n'])
  await eventually(live, (n) => n < 5000 && n > 0, 30_000)
  // A new beginning does not wait for the end of the old.
  await push('many', state(1, [{ name: 'new' }], 'another'))
  await refuse('refusing_last', 'update of name on states')
  await db.prepare('drop trigger refusing').run()
  await eventually(live, (n) => n === 0, 30_000)
  expect(await rows("select name from states where name glob 'many@*'")).toEqual([])
  await db.prepare('drop trigger refusing_last').run()
  await deleted('many')
  await run('many', (row) => row['status'] === 'success' && row['resources_created'] === 1)
  const changes = await rows('select action, count(*) as n from resource_changes group by 1 order by 1')
  expect(changes).toEqual([
    { action: 'create', n: 5001 },
    { action: 'forget', n: 5000 },
  ])
  expect(await rows("select resources_forgotten as n from deployments where operation = 'delete'")).toEqual([
    { n: 5000 },
  ])
  expect(await miscounted(worker)).toEqual([])
}, 120_000)

test('what lived and died twice before D1 heard of it is followed in order', async () => {
  const db = await worker.db()
  await db
    .prepare("create trigger refusing before insert on deployments begin select raise(abort, 'not now'); end")
    .run()
  for (const round of [1, 2]) {
    await push('twice', state(1, [{ name: 'a' }, { name: `b${round}` }], `lineage-${round}`))
    expect((await remove('twice')).status).toBe(204)
  }
  await push('twice', state(7, [{ name: 'c' }], 'lineage-3'))
  await db.prepare('drop trigger refusing').run()
  expect(await run('twice', (row) => row['status'] === 'success' && row['resources_created'] === 1)).toMatchObject({
    operation: 'apply',
  })
  expect((await deleted('twice', 2)).map(({ version }) => version)).toEqual([1, 2])
  expect(await rows('select action, version, count(*) as n from resource_changes group by 1, 2 order by 2, 1')).toEqual(
    [
      { action: 'forget', version: 0, n: 4 },
      { action: 'create', version: 1, n: 2 },
      { action: 'create', version: 2, n: 2 },
      { action: 'create', version: 3, n: 1 },
    ],
  )
})

test('a last part whose reply was lost is not applied to the state that begins anew', async () => {
  await push('lost', state(1, [{ name: 'a' }]))
  await run('lost', (row) => row['status'] === 'success')
  const db = await worker.db()
  const [before] = await rows("select id, projected_seq as seq from states where name = 'lost'")
  await db
    .prepare("create trigger refusing before update of name on states begin select raise(abort, 'not now'); end")
    .run()
  await remove('lost')
  await eventually(
    async () => rows("select 1 from managed_resources where status <> 'deleted'"),
    (found) => found.length === 0,
    15_000,
  )
  await push('lost', state(1, [{ name: 'b' }], 'another'))
  // As the last part leaves it when D1 has it and the ledger never heard so.
  const seq = Number(before?.['seq']) + 1
  await db.prepare('drop trigger refusing').run()
  await db
    .prepare('update states set name = ?, deleted_at = 1, projected_seq = ?, projected_part = 0 where id = ?')
    .bind(`lost@deleted-${seq}`, seq, before?.['id'])
    .run()
  expect(await run('lost', (row) => row['status'] === 'success')).toMatchObject({ writes: 1, resources_created: 1 })
  expect(await deleted('lost')).toMatchObject([{ name: `lost@deleted-${seq}` }])
  expect(await rows('select operation from deployments order by id')).toEqual([
    { operation: 'apply' },
    { operation: 'delete' },
    { operation: 'apply' },
  ])
  expect(await rows('select action from resource_changes order by id')).toEqual([
    { action: 'create' },
    { action: 'forget' },
    { action: 'create' },
  ])
})
