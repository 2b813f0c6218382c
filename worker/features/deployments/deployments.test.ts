import { metered, startWorker } from '../../testing.ts'
import { listDeployments } from './queries.ts'

const worker = startWorker()
type Item = { id: string; state: string | null; status: string; started_at: string; duration_ms: number | null }
type Answer = { deployments: Item[]; next: string | null }

/** Deployment `v` of `count` starts at minute v of 2026; every 50th is failed, and two at a time start together. */
async function seed(count: number) {
  const db = await worker.db()
  const states = ['prod', 'team/dev', 'rare'].map((name) =>
    db.prepare('insert into states (name, created_at, updated_at) values (?, 1, 1)').bind(name),
  )
  await db.batch([
    ...states,
    db.prepare(`with recursive c (v) as (select 1 union all select v + 1 from c where v < ${count})
      insert into deployments (deployment_id, day, number, state_id, run_key, operation, status, actor, started_at,
        updated_at, finished_at)
      select printf('deploy-2026-01-01-%05d', v), '2026-01-01', v,
        case when v % 40 = 0 then (select id from states where name = 'rare')
             when v % 2 = 0 then (select id from states where name = 'prod') end,
        'run-' || v, case when v % 25 = 0 then 'destroy' else 'apply' end,
        case when v % 50 = 0 then 'failed' when v = 7 then 'in_progress' else 'success' end,
        case when v % 20 = 0 then 'alice@laptop' else 'ci' end,
        1767225600000 + (v / 2) * 60000, 1767225600000, case when v <> 7 then 1767225600000 + (v / 2) * 60000 + 1500 end
      from c`),
  ])
  return db
}

async function list(query: string): Promise<Answer> {
  const response = await worker.fetch(`/api/deployments${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

test('deployments are listed newest first, each once, over all pages', async () => {
  await seed(130)
  const seen: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const page: Answer = await list(`?limit=33${next && `&cursor=${next}`}`)
    seen.push(...page.deployments.map(({ id }) => id))
    next = page.next
  }
  expect(seen).toHaveLength(130)
  expect(seen).toEqual([...seen].toSorted().toReversed())
})

test('a deployment tells its state, how long it took, and null while it runs', async () => {
  await seed(10)
  const { deployments } = await list('?actor=ci&operation=apply')
  const [newest] = deployments
  expect(newest).toMatchObject({ id: 'deploy-2026-01-01-00010', state: 'prod', duration_ms: 1500, inferred: false })
  expect(newest).toMatchObject({ started_at: '2026-01-01T00:05:00.000Z', finished_at: '2026-01-01T00:05:01.500Z' })
  expect(newest).not.toHaveProperty('row')
  const running = await list('?status=in_progress')
  expect(running.deployments).toMatchObject([{ id: 'deploy-2026-01-01-00007', duration_ms: null, finished_at: null }])
})

test('from is inclusive, to is exclusive, in any time zone', async () => {
  await seed(10)
  const { deployments } = await list('?from=2026-01-01T01:02:00%2B01:00&to=2026-01-01T00:04:00Z')
  expect(deployments.map(({ id }) => id.slice(-2))).toEqual(['07', '06', '05', '04'])
  expect((await list('?state=nowhere')).deployments).toEqual([])
  expect((await list('?to=2026-01-01')).deployments).toEqual([])
})

test.each(['status=done', 'operation=x', 'from=yesterday', 'to=5', 'limit=0', 'color=red', 'cursor=abc', 'state='])(
  'the query %s is refused',
  async (query) => {
    expect((await worker.fetch(`/api/deployments?${query}`)).status).toBe(400)
  },
)

test('a cursor belongs to its filters, and an empty time range is told', async () => {
  await seed(10)
  const { next } = await list('?limit=2&actor=ci')
  expect((await worker.fetch(`/api/deployments?limit=2&cursor=${next}`)).status).toBe(400)
  expect((await worker.fetch('/api/deployments?from=2026-01-02&to=2026-01-01')).status).toBe(400)
})

test.each([
  {},
  { status: 'failed' },
  { state: 'rare' },
  { operation: 'destroy' },
  { actor: 'alice@laptop' },
  { from: '2026-01-01T03:00:00Z' },
  { to: '2026-01-01T15:00:00Z' },
] as const)('filtered by %j it reads at most three rows for each it returns, on any page', async (filters) => {
  const { db, read } = metered(await seed(2000))
  let after: readonly (string | number)[] | null = null
  for (let more = true; more;) {
    const page = { limit: 20, after, query: 'test' }
    const { deployments, next } = await listDeployments(db, filters, page)
    // A last page of one row still looks up the state and looks past both its ends.
    expect(read()).toBeLessThanOrEqual(Math.max(deployments.length, 2) * 3)
    more = next !== null
    after = next === null ? null : (JSON.parse(Buffer.from(next, 'base64url').toString()) as { k: number[] }).k
  }
})

test('a deployment shows its operations, versions, changes and links', async () => {
  const db = await seed(4)
  const id = 'deploy-2026-01-01-00004'
  const [row, state] = await Promise.all([
    db.prepare('select id from deployments where deployment_id = ?').bind(id).first('id'),
    db.prepare("select id from states where name = 'prod'").first('id'),
  ])
  const resource = await db
    .prepare(
      `insert into managed_resources (state_id, address, type, name, provider, provider_address, status, dependencies,
        created_at, updated_at) values (?, 'random_pet.a', 'random_pet', 'a', 'random', 'x', 'active', '[]', 1, 1)
        returning id`,
    )
    .bind(state)
    .first('id')
  const at = 1_767_225_600_000
  await db.batch([
    db
      .prepare(
        "insert into terraform_operations (deployment_id, kind, status, to_add, added, started_at) values (?, 'apply', 'success', 1, 1, ?)",
      )
      .bind(row, at),
    db
      .prepare(
        "insert into state_snapshots (state_id, version, serial, lineage, deployment_id, sha256, size, resource_count, inventory, created_at) values (?, 4, 7, 'l', ?, 's', 512, 1, 'complete', ?)",
      )
      .bind(state, row, at),
    db
      .prepare(
        `insert into resource_changes (resource_id, state_id, version, serial, deployment_id, action, changed, at) values (?, ?, 4, 7, ?, 'create', '["id"]', ?)`,
      )
      .bind(resource, state, row, at),
    db
      .prepare(
        "insert into links values ('deployment', ?, 'wrote', 'state_version', 'prod@4', 'observed', null, ?), ('commit', 'abc', 'triggered', 'deployment', ?, 'declared', 'Task: 12', ?)",
      )
      .bind(id, at, id, at),
  ])
  const created = '2026-01-01T00:00:00.000Z'
  const shown = await (await worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({
    id,
    operations: [{ kind: 'apply', status: 'success', to_add: 1, to_change: null, added: 1, finished_at: null }],
    snapshots: [{ version: 4, serial: 7, size: 512, resource_count: 1, forced: false, created_at: created }],
    changes: [{ address: 'random_pet.a', action: 'create', changed: ['id'], at: created }],
    links: [
      { from: { kind: 'commit', id: 'abc' }, relation: 'triggered', evidence: 'declared', detail: 'Task: 12' },
      { relation: 'wrote', to: { kind: 'state_version', id: 'prod@4' }, evidence: 'observed', detail: null },
    ],
  })
  expect((shown as { changes: { resource: string }[] }).changes[0]?.resource).toMatch(/^res-\d{9}$/)
})

test('an unknown deployment is not found, and reading needs the scope read', async () => {
  expect((await worker.fetch('/api/deployments/deploy-2026-01-01-999')).status).toBe(404)
  const issued = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['commands:write'] } })
  const { token } = (await issued.json()) as { token: string }
  expect((await worker.fetch('/api/deployments', { token })).status).toBe(403)
})
