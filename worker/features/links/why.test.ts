import * as fc from 'fast-check'
import { metered, startWorker } from '../../testing.ts'
import { climbFrom } from './queries.ts'
import type { Link, Node } from './schema.ts'
import { climb, keyOf, ownLinks } from './why.ts'

const at = '2026-11-21T10:00:00.000Z'
const node = (text: string): Node => ({ kind: text.split(' ')[0] ?? '', id: text.split(' ')[1] ?? '' })
const link = (from: string, relation: string, to: string): Link => ({
  from: node(from),
  relation,
  to: node(to),
  evidence: 'observed',
  detail: null,
  at,
})
const step = (here: string, links: Link[], seen: string[] = [here]) =>
  climb([node(here)], links, new Set(seen.map((one) => keyOf(node(one))))).next.map(({ kind, id }) => `${kind} ${id}`)

test('a walk climbs to causes, whichever way the link was written', () => {
  expect(step('deployment d', [link('commit c', 'triggered', 'deployment d')])).toEqual(['commit c'])
  expect(step('commit c', [link('commit c', 'closes', 'task octo/site#1')])).toEqual(['task octo/site#1'])
})

test('it tells nothing else that a cause has caused', () => {
  expect(step('commit c', [link('commit c', 'triggered', 'deployment other')])).toEqual([])
  expect(step('task t', [link('commit other', 'closes', 'task t')])).toEqual([])
})

test('between two of a kind it goes to the cause only', () => {
  const links = [link('command npm', 'ran', 'command cdktf'), link('command cdktf', 'ran', 'command terraform')]
  expect(step('command cdktf', links)).toEqual(['command npm'])
})

test('two ways to one cause are both told, and it is climbed from once', () => {
  const here = [node('command a'), node('commit b')]
  const found = [link('task t', 'asked_for', 'command a'), link('commit b', 'closes', 'task t')]
  const { links, next } = climb(here, found, new Set(here.map(keyOf)))
  expect(links).toEqual(found)
  expect(next).toEqual([node('task t')])
})

test('a change without a deployment is shown by the version of the state that holds it', () => {
  const change = { action: 'import', version: 2, at } as const
  expect(ownLinks({ id: 'res-000000001', state: 'team/a' }, change, null, null)).toEqual([
    { ...link('state_version team/a@2', 'imported', 'resource res-000000001') },
  ])
})

test('every walk ends and tells each link once, however the links lie', () => {
  const kinds = ['state_version', 'resource', 'deployment', 'command', 'commit', 'pull', 'task', 'other']
  const anyNode = fc.record({ kind: fc.constantFrom(...kinds), id: fc.constantFrom('1', '2', '3') })
  const anyLink = fc.record({ from: anyNode, to: anyNode, relation: fc.constant('r') })
  fc.assert(
    fc.property(fc.array(anyLink, { maxLength: 60 }), anyNode, (pairs, start) => {
      const links = pairs.map((pair): Link => ({ ...pair, evidence: 'inferred', detail: null, at }))
      let here: readonly Node[] = [start]
      let seen: ReadonlySet<string> = new Set([keyOf(start)])
      const told: Link[] = []
      for (let steps = 0; here.length > 0; steps++) {
        const level = climb(here, links, seen)
        told.push(...level.links)
        here = level.next
        seen = level.seen
        expect(steps).toBeLessThanOrEqual(kinds.length * 3)
      }
      expect(new Set(told).size).toBe(told.length)
    }),
  )
})

const worker = startWorker()
const day = Date.parse(at)

const state = (name: string) => `(select id from states where name = '${name}')`

async function seed() {
  const db = await worker.db()
  const run = "(select id from deployments where deployment_id = 'deploy-2026-11-21-003')"
  const resource = (name: string, address: string, status = 'active') =>
    db.prepare(`insert into managed_resources (state_id, address, type, name, provider, provider_address, status,
      dependencies, created_at, updated_at) values (${state(name)}, '${address}', 't', 'n', 'p', 'a', '${status}', '[]', 1, 1)`)
  await db.batch([
    db.prepare("insert into states (name, created_at, updated_at) values ('prod', 1, 1), ('dev', 1, 1), ('old', 1, 1)"),
    db.prepare(`insert into deployments (deployment_id, day, number, state_id, run_key, operation, status, inferred,
      actor, started_at, updated_at) values ('deploy-2026-11-21-003', '2026-11-21', 3, ${state('prod')}, 'k', 'apply',
      'success', 1, 'alice@laptop', ${day}, 1)`),
    resource('prod', 'cloudflare_d1_database.main'),
    resource('old', 'cloudflare_d1_database.main', 'deleted'),
    resource('prod', 'random_pet.both'),
    resource('dev', 'random_pet.both'),
    resource('old', 'random_pet.gone', 'deleted'),
    db.prepare(`insert into state_snapshots (state_id, version, serial, lineage, deployment_id, lock_id, sha256, size,
      resource_count, inventory, created_at) values (${state('prod')}, 4, 7, 'l', ${run}, '3460a640-77ab', 's', 1, 1,
      'complete', ${day + 1000})`),
    db.prepare(`insert into resource_changes (resource_id, state_id, version, serial, deployment_id, action, changed, at)
      select id, ${state('prod')}, 4, 7, ${run}, 'create', '[]', ${day + 1000} from managed_resources
      where address = 'cloudflare_d1_database.main' and status = 'active'`),
    db.prepare(`insert into links values
      ('deployment', 'deploy-2026-11-21-003', 'wrote', 'state_version', 'prod@4', 'observed', null, ${day}),
      ('command', '42', 'ran', 'deployment', 'deploy-2026-11-21-003', 'inferred', 'same directory', ${day}),
      ('commit', '3f2a', 'triggered', 'deployment', 'deploy-2026-11-21-003', 'observed', null, ${day}),
      ('commit', '3f2a', 'triggered', 'deployment', 'deploy-2026-11-21-009', 'observed', null, ${day}),
      ('commit', '3f2a', 'closes', 'task', 'octo/site#12', 'declared', 'Task: 12', ${day})`),
  ])
  return db
}

const ask = (query: string, accept = 'application/json') => worker.fetch(`/api/why?${query}`, { headers: { accept } })

test('a person reads why, a line for each link, with its evidence', async () => {
  await seed()
  const response = await ask('resource=cloudflare_d1_database.main', 'text/plain')
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect(await response.text()).toBe(`cloudflare_d1_database.main (state prod) was created
  by deploy-2026-11-21-003  apply, alice@laptop, success (inferred), 2026-11-21T10:00:00.000Z   [observed: lock 3460a640]
  as version 4 of state prod (serial 7)   [observed]
  because command 42 ran deploy-2026-11-21-003, 2026-11-21T10:00:00.000Z   [inferred: same directory]
  because commit 3f2a triggered deploy-2026-11-21-003, 2026-11-21T10:00:00.000Z   [observed]
    because commit 3f2a closes task octo/site#12, 2026-11-21T10:00:00.000Z   [declared: Task: 12]
`)
})

test('a program reads the same as edges', async () => {
  await seed()
  const told = (await (await ask('resource=cloudflare_d1_database.main&state=prod')).json()) as { edges: Link[] }
  expect(told).toMatchObject({
    resource: { address: 'cloudflare_d1_database.main', state: 'prod' },
    deployment: { id: 'deploy-2026-11-21-003', operation: 'apply' },
    complete: true,
  })
  expect(told.edges.map(({ from, relation, to }) => `${from.kind} ${relation} ${to.kind}`)).toEqual([
    'deployment created resource',
    'deployment wrote state_version',
    'command ran deployment',
    'commit triggered deployment',
    'commit closes task',
  ])
  const near = (await (await ask('resource=cloudflare_d1_database.main&depth=2')).json()) as { edges: Link[] }
  expect(near.edges).toHaveLength(4)
  const nearest = (await (await ask('resource=cloudflare_d1_database.main&depth=1')).json()) as { edges: Link[] }
  expect(nearest.edges).toHaveLength(2)
})

test('an address in several states must be told apart; a deleted one answers when none lives', async () => {
  await seed()
  const ambiguous = await ask('resource=random_pet.both')
  expect(ambiguous.status).toBe(409)
  expect(await ambiguous.json()).toMatchObject({ states: ['dev', 'prod'] })
  expect((await ask('resource=random_pet.both&state=dev')).status).toBe(200)
  expect(await (await ask('resource=random_pet.gone')).json()).toMatchObject({
    resource: { status: 'deleted' },
    edges: [],
  })
  expect(await (await ask('resource=random_pet.gone', 'text/plain')).text()).toContain('nothing recorded')
})

test.each([
  ['resource=nothing.here', 404],
  ['resource=cloudflare_d1_database.main&state=dev', 404],
  ['state=prod', 400],
  ['resource=a.b&depth=11', 400],
  ['resource=a.b&depth=x', 400],
  ['resource=a.b&color=red', 400],
])('%s is answered with %i', async (query, status) => {
  await seed()
  expect((await ask(query)).status).toBe(status)
})

test('however many links there are, a walk reads at most 200 rows and says that there is more', async () => {
  const whole = await seed()
  const up = 'with recursive c (v) as (select 1 union all select v + 1 from c where v < 400)'
  await whole.batch([
    whole.prepare(
      `${up} insert into links select 'deployment', 'd', 'wrote', 'state_version', 'prod@' || v, 'observed', null, 1 from c`,
    ),
    whole.prepare(
      `${up} insert into links select 'command', 'c' || v, 'ran', 'deployment', 'd', 'observed', null, 1 from c`,
    ),
    whole.prepare(
      `${up} insert into links select 'task', 't' || v % 50, 'asked_for', 'command', 'c' || v, 'declared', null, 1 from c`,
    ),
    whole.prepare(
      `${up} insert into links select 'milestone', v, 'holds', 'task', 't' || v % 50, 'declared', null, 1 from c`,
    ),
  ])
  const { db, read } = metered(whole)
  const { levels, complete } = await climbFrom(db, node('deployment d'), 9)
  expect(complete).toBe(false)
  expect(levels.length).toBeGreaterThan(1)
  // The rest is for the resource, its change, its deployment and the state's version.
  expect(read()).toBeLessThanOrEqual(150)
  const few = await climbFrom(db, node('deployment deploy-2026-11-21-003'), 9)
  expect(few.complete).toBe(true)
  expect(read()).toBeLessThanOrEqual(20)
})
