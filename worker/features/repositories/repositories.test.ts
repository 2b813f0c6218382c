import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transact } from '../../platform/sql.ts'
import { client, miscounted, rowsOf } from '../../testing-states.ts'
import { eventually, metered, startWorker } from '../../testing.ts'
import { changeRepositories } from './projection.ts'
import { listRepositories } from './queries.ts'

const worker = startWorker()
const { push } = client(worker)

type Attributes = Record<string, unknown>
type Shown = Record<string, unknown>

/** A repository as the provider writes it. */
function repo(id: number, name: string, more: Attributes = {}): Attributes {
  return { id: name, repo_id: id, name, full_name: `octo/${name}`, visibility: 'private', topics: [], ...more }
}

/** Writes a version of a state that declares these, under addresses `r0`, `r1`…, and waits until D1 has followed. */
async function declare(name: string, serial: number, repositories: Attributes[], more: object = {}): Promise<void> {
  const resources = repositories.map((attributes, at) => ({
    mode: 'managed',
    type: 'github_repository',
    name: `r${at}`,
    provider: 'provider["registry.terraform.io/integrations/github"]',
    instances: [{ schema_version: 1, attributes, sensitive_attributes: [], ...more }],
  }))
  const document = { version: 4, terraform_version: '1.11.4', serial, lineage: name, outputs: {}, resources }
  const { status } = await push(name, JSON.stringify(document))
  if (status !== 200) throw new Error(`The state was refused: ${status}.`)
  await eventually(
    async () => (await worker.fetch(`/api/states/${name}`)).json(),
    (shown) => (shown as Shown)['serial'] === serial,
    15_000,
  )
}

async function list(query = ''): Promise<Shown[]> {
  const response = await worker.fetch(`/api/repos${query}`)
  expect(response.status).toBe(200)
  return ((await response.json()) as { repositories: Shown[] }).repositories
}
const names = async (query = '') => (await list(query)).map(({ repo_full_name: name }) => name)

/** All but the times. */
const facts = (shown: Shown) => ({ ...shown, updated_at: null, created_at: null })

async function total(): Promise<unknown> {
  const shown = (await (await worker.fetch('/api/dashboard')).json()) as { repositories: { total: number } }
  return shown.repositories.total
}

test('every repository of a state is listed, with what declares it and the deployment that changed it', async () => {
  const told = { description: 'Sells', homepage_url: 'https://octo.example', topics: ['a', 'b'], has_issues: true }
  await declare('hub', 1, [repo(7, 'site', told), repo(8, 'Shop', { visibility: 'public', default_branch: 'trunk' })])
  expect(await names()).toEqual(['octo/Shop', 'octo/site'])
  const { resources } = (await (await worker.fetch('/api/resources?text=r0')).json()) as { resources: Shown[] }
  const shown = await worker.fetch('/api/repos/OCTO/Site')
  expect(await shown.json()).toEqual({
    repo_id: 7,
    repo_owner: 'octo',
    repo_name: 'site',
    repo_full_name: 'octo/site',
    ...told,
    visibility: 'private',
    default_branch: 'main',
    has_projects: false,
    has_wiki: false,
    archived: false,
    terraform_managed: true,
    resource: resources[0]?.['id'],
    last_deployment_id: resources[0]?.['changed_by'],
    created_at: expect.any(String),
    updated_at: expect.any(String),
  })
  expect(resources[0]?.['changed_by']).toMatch(/^deploy-/)
  expect(await (await worker.fetch('/api/repos/octo/shop')).json()).toMatchObject({
    visibility: 'public',
    default_branch: 'trunk',
  })
  expect(await total()).toBe(2)
  expect((await worker.fetch('/api/repos/octo/none')).status).toBe(404)
})

test('a name that changes hands, and comes back, is always that of who has it now', async () => {
  await declare('renaming', 1, [repo(7, 'one'), repo(8, 'two')])
  const [{ last_deployment_id: first } = {}] = await list()
  await declare('renaming', 2, [repo(7, 'two'), repo(8, 'one')])
  expect(await (await worker.fetch('/api/repos/octo/one')).json()).toMatchObject({ repo_id: 8 })
  expect(await (await worker.fetch('/api/repos/octo/two')).json()).toMatchObject({ repo_id: 7 })
  await declare('renaming', 3, [repo(9, 'TWO'), repo(8, 'one')])
  expect(await (await worker.fetch('/api/repos/octo/two')).json()).toMatchObject({ repo_id: 9 })
  const [gone, ...others] = await list('?managed=false')
  expect([gone, others]).toMatchObject([{ repo_id: 7, resource: null, terraform_managed: false }, []])
  expect(gone?.['repo_full_name']).toMatch(/^octo\/two@\d+$/)
  expect(gone?.['last_deployment_id']).not.toBe(first)
  await declare('renaming', 4, [repo(7, 'two'), repo(8, 'one')])
  expect(await (await worker.fetch('/api/repos/octo/two')).json()).toMatchObject({ repo_id: 7 })
  expect(await total()).toBe(2)
})

test('what leaves its state is known, and managed no more', async () => {
  await declare('leaving', 1, [repo(7, 'one'), repo(8, 'two')])
  await declare('leaving', 2, [repo(7, 'one')])
  expect(await names()).toEqual(['octo/one'])
  expect(await names('?managed=false')).toEqual(['octo/two'])
  expect(await total()).toBe(1)
  const back = await worker.fetch('/api/states/leaving/rollback', { method: 'POST', json: { serial: 1 } })
  expect(back.status).toBe(200)
  await eventually(names, (all) => all.length === 2, 15_000)
  expect((await worker.fetch('/api/states/leaving?confirm=leaving', { method: 'DELETE' })).status).toBe(204)
  await eventually(names, (all) => all.length === 0, 15_000)
  expect(await names('?managed=false')).toEqual(['octo/two', 'octo/one'])
  expect([await total(), await miscounted(worker)]).toEqual([0, []])
})

test.each([
  ['taken-over-first', ['to', 'from']],
  ['given-up-first', ['from', 'to']],
])('a repository that goes from one state to another is managed, %s', async (way, order) => {
  await declare(`from-${way}`, 1, [repo(7, 'one')])
  for (const name of order) {
    if (name === 'to') await declare(`to-${way}`, 1, [repo(7, 'one')])
    else await declare(`from-${way}`, 2, [])
  }
  const [{ resource } = {}] = await list()
  const shown = await worker.fetch(`/api/resources/${String(resource)}`)
  expect(await shown.json()).toMatchObject({ state: `to-${way}`, status: 'active' })
  await declare(`from-${way}`, 3, [repo(7, 'one')])
  await declare(`to-${way}`, 2, [])
  expect([await names(), await total()]).toEqual([['octo/one'], 1])
})

test('a state that says nonsense of its repositories stops nothing', async () => {
  await declare('odd', 1, [
    repo(7, 'one', { description: 5, topics: 'x', visibility: 'secret', has_wiki: 'yes', default_branch: null }),
    repo(8, 'ONE'),
    repo(8, 'three\ud800'),
    repo(1.5, 'four'),
    { full_name: 'octo/five' },
    { repo_id: 6, full_name: 'no-owner' },
    { repo_id: 9, full_name: 'octo/six@1' },
  ])
  await declare('odd', 2, [repo(8, 'one')], { deposed: 'a1b2c3d4' })
  expect(await names()).toEqual([])
  await declare('odd', 3, [repo(8, 'one')], { status: 'tainted' })
  expect(await names()).toEqual(['octo/one'])
})

test('what states held before there was a list of repositories is in it', async () => {
  await declare('older', 1, [
    repo(7, 'one', { has_wiki: true, topics: ['a'] }),
    repo(8, 'two'),
    { repo_id: 9, full_name: 'octo/odd', has_wiki: 0.5 },
  ])
  const before = await list()
  const db = await worker.db()
  await db.prepare('delete from github_repositories').run()
  const migration = readFileSync(join(import.meta.dirname, '../../../migrations/0017_managed_repositories.sql'), 'utf8')
  const inserts = migration.split(/;\n/).filter((statement) => /^\s*(--.*\n)?insert /.test(statement.trimStart()))
  expect(inserts).toHaveLength(2)
  await db.batch(inserts.map((statement) => db.prepare(statement)))
  expect((await list()).toReversed().map(facts)).toEqual(before.map(facts))
})

test.each(['true', 'false'] as const)(
  'managed=%s is read page by page, three rows at most for each',
  async (managed) => {
    const whole = await worker.db()
    await whole.batch([
      whole.prepare(`insert into deployments (deployment_id, day, number, run_key, operation, status, started_at, updated_at)
      values ('deploy-2026-01-01-001', '2026-01-01', 1, 'r', 'apply', 'success', 1, 1)`),
      whole.prepare(`with recursive c (v) as (select 1 union all select v + 1 from c where v < 200)
      insert into github_repositories (repo_id, repo_owner, repo_name, repo_full_name, terraform_managed,
        last_deployment_id, created_at, updated_at)
      select v, 'octo', 'r' || v, 'octo/r' || v, v % 2, (select id from deployments), 1, 1 from c`),
    ])
    const { db, read } = metered(whole)
    const seen: (number | null)[] = []
    for (let next: string | null = ''; next !== null;) {
      const after = next === '' ? null : (JSON.parse(Buffer.from(next, 'base64url').toString()) as { k: number[] }).k
      const page = await listRepositories(db, { managed }, { limit: 15, after, query: 'test' })
      expect(read()).toBeLessThanOrEqual(page.repositories.length * 3)
      seen.push(...page.repositories.map(({ repo_id: id }) => id))
      next = page.next
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => (managed === 'true' ? 199 : 200) - 2 * at))
  },
)

test('a change reads no other repository, but to count them', async () => {
  await declare('reading', 1, [repo(1, 'one')])
  const whole = await worker.db()
  const many = 300
  const up = `with recursive c (v) as (select 2 union all select v + 1 from c where v < ${many})`
  await whole.batch([
    whole.prepare(`${up} insert into managed_resources (state_id, address, type, name, provider, provider_address, status,
        attributes, dependencies, created_at, updated_at)
      select (select id from states), 'github_repository.m' || v, 'github_repository', 'm' || v, 'github', 'github',
        'active', json_object('repo_id', v), '[]', 1, 1 from c`),
    whole.prepare(`${up} insert into github_repositories (repo_id, repo_owner, repo_name, repo_full_name, created_at,
      updated_at) select v, 'octo', 'r' || v, 'octo/r' || v, 1, 1 from c`),
  ])
  const { db, read } = metered(whole)
  const key = { state: 'reading', run: 'version:1', recorded: false }
  const [before] = await rowsOf(worker, "select type from managed_resources where address = 'github_repository.r0'")
  const change = { address: 'github_repository.r0', before: before as never, item: null, difference: null }
  await transact(db, changeRepositories({ key, version: 2, serial: 2, at: 2 }, [change]))
  const rows = read()
  expect(rows).toBeGreaterThanOrEqual(many)
  expect(rows).toBeLessThan(many + 30)
})
