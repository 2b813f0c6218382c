import { metered, startWorker } from '../../testing.ts'
import { listResources } from './queries.ts'

const worker = startWorker()
type Item = { id: string; address: string; state: string; changed_by: string | null }
type Answer = { resources: Item[]; next: string | null }

const up = (to: number) => `with recursive c (v) as (select 1 union all select v + 1 from c where v < ${to})`

/**
 * Resource `v` of `count`: every 3rd is deleted, every 10th tainted, in states of 100 and one rare one, made and changed by
 * runs of 40 resources each.
 */
async function seed(count: number) {
  const db = await worker.db()
  await db.batch([
    db.prepare(
      `${up(Math.ceil(count / 100) + 1)} insert into states (name, created_at, updated_at) select 'state-' || v, 1, 1 from c`,
    ),
    db.prepare(`${up(Math.ceil(count / 40) + 1)} insert into deployments (deployment_id, day, number, run_key, operation,
      status, actor, started_at, updated_at)
      select printf('deploy-2026-01-01-%03d', v), '2026-01-01', v, 'r' || v, 'apply', 'success', 'ci', v, v from c`),
    db.prepare(`${up(count)} insert into managed_resources (state_id, address, type, name, index_key, provider,
        provider_address, cloud_id, status, attributes, dependencies, created_by, changed_by, created_at, updated_at)
      select (select min(id) from states) + case when v % 20 = 1 then (select count(*) - 1 from states) else v / 100 end,
        'random_pet.n' || v, case when v % 20 = 2 then 'rare_type' else 'random_pet' end, 'n' || v, '"k"',
        case when v % 20 = 4 then 'rare' else 'random' end, 'registry.terraform.io/hashicorp/random', 'cloud-' || v,
        case when v % 3 = 0 then 'deleted' when v % 10 = 0 then 'tainted' else 'active' end, '{"length":2}',
        '["random_pet.n0"]', (select min(id) from deployments) + v / 40, (select max(id) from deployments), v, v from c`),
    db.prepare(`insert into resource_text (rowid, text)
      select id, address || ' ' || type || ' ' || cloud_id from managed_resources where status <> 'deleted'`),
  ])
  return db
}

async function list(query: string): Promise<Answer> {
  const response = await worker.fetch(`/api/resources${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

test('live resources are listed newest first, each once, over all pages', async () => {
  await seed(90)
  const seen: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const page: Answer = await list(`?limit=25${next && `&cursor=${next}`}`)
    seen.push(...page.resources.map(({ id }) => id))
    next = page.next
  }
  expect(seen).toHaveLength(60)
  expect(seen).toEqual([...seen].toSorted().toReversed())
})

test('a resource tells where it is, what it is, and which deployments made and changed it', async () => {
  await seed(50)
  const { resources } = await list('?text=n44')
  expect(resources).toHaveLength(1)
  expect(resources[0]).toMatchObject({
    state: 'state-1',
    address: 'random_pet.n44',
    index_key: 'k',
    attributes: { length: 2 },
    dependencies: ['random_pet.n0'],
    created_by: 'deploy-2026-01-01-002',
    changed_by: 'deploy-2026-01-01-003',
    created_at: '1970-01-01T00:00:00.044Z',
    deleted_at: null,
  })
  const alone = await worker.fetch(`/api/resources/${resources[0]?.id}`)
  expect(await alone.json()).toEqual(resources[0])
})

test.each([
  ['?text=random_pet.n1', 8],
  ['?text=pet%20N1', 8],
  ['?text=cloud-49', 1],
  ['?text=et.n49', 0],
  [`?text=${encodeURIComponent('"n49 OR *')}`, 0],
  [`?text=${encodeURIComponent('^-:(){}')}`, 0],
  ['?text=n4&status=tainted', 1],
  ['?provider=rare', 2],
  ['?type=rare_type', 2],
  ['?state=state-2', 2],
  ['?state=none', 0],
  ['?status=tainted', 4],
])('%s finds %i', async (query, count) => {
  await seed(50)
  expect((await list(query)).resources).toHaveLength(count)
})

test.each(['text=%20', 'text=', 'text=%00', 'status=deleted', 'colour=red', 'cursor=e30'])(
  'the query %s is refused',
  async (query) => {
    expect((await worker.fetch(`/api/resources?${query}`)).status).toBe(400)
  },
)

test('a hundred words are still a search', async () => {
  await seed(5)
  expect((await list(`?text=${'n+'.repeat(100)}`)).resources).toEqual([])
})

test('a deleted resource is out of the list, and shown with its history', async () => {
  const db = await seed(3)
  const row = await db.prepare("select id, state_id from managed_resources where status = 'deleted'").first()
  const insert = `insert into resource_changes (resource_id, state_id, version, serial, deployment_id, action, changed, at)
    values (?, ?, ?, ?, (select min(id) from deployments), ?, ?, ?)`
  await db.batch([
    db.prepare(insert).bind(row?.['id'], row?.['state_id'], 1, 1, 'create', '[]', 1000),
    db.prepare(insert).bind(row?.['id'], row?.['state_id'], 2, 5, 'update', '["length"]', 2000),
    db.prepare(insert).bind(row?.['id'], row?.['state_id'], 3, 6, 'delete', '[]', 3000),
  ])
  const id = `res-${String(row?.['id']).padStart(9, '0')}`
  expect((await list('')).resources.map((one) => one.id)).not.toContain(id)
  expect(await (await worker.fetch(`/api/resources/${id}`)).json()).toMatchObject({ id, status: 'deleted' })
  const first = (await (await worker.fetch(`/api/resources/${id}/history?limit=2`)).json()) as Record<string, unknown>
  const deployment = 'deploy-2026-01-01-001'
  expect(first['changes']).toEqual([
    { action: 'delete', changed: [], version: 3, serial: 6, deployment, actor: 'ci', at: '1970-01-01T00:00:03.000Z' },
    {
      action: 'update',
      changed: ['length'],
      version: 2,
      serial: 5,
      deployment,
      actor: 'ci',
      at: '1970-01-01T00:00:02.000Z',
    },
  ])
  const rest = await worker.fetch(`/api/resources/${id}/history?limit=2&cursor=${String(first['next'])}`)
  expect(await rest.json()).toMatchObject({ changes: [{ action: 'create' }], next: null })
})

test.each(['/api/resources/res-000000000', '/api/resources/tok-000000001', '/api/resources/x/history'])(
  'nothing is at %s',
  async (path) => {
    expect((await worker.fetch(path)).status).toBe(404)
  },
)

test.each([
  {},
  { state: 'state-21' },
  { provider: 'rare' },
  { type: 'rare_type' },
  { text: 'n19' },
  { text: 'random' },
  { status: 'tainted' },
  { status: 'active' },
] as const)('filtered by %j it reads at most three rows for each it returns, on any page', async (filters) => {
  const { db, read } = metered(await seed(2000))
  let after: readonly (string | number)[] | null = null
  let pages = 0
  for (let more = true; more; pages++) {
    const { resources, next } = await listResources(db, filters, { limit: 20, after, query: 'test' })
    expect(resources.length).toBeGreaterThan(0)
    // A last page of few rows still looks up the names of its state and deployments.
    expect(read()).toBeLessThanOrEqual(Math.max(resources.length, 3) * 3)
    more = next !== null
    after = next === null ? null : (JSON.parse(Buffer.from(next, 'base64url').toString()) as { k: number[] }).k
  }
  expect(pages).toBeGreaterThan(2)
})
