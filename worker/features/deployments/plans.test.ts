import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { diagnosticEvent, logLines, recorder, resourceEvent } from '../../testing-runs.ts'
import { metered, startWorker } from '../../testing.ts'
import { listChanges } from './change-queries.ts'
import { ChangeQuery } from './change.ts'

const worker = startWorker()
const { begun, plan, report, shown, update } = recorder(worker)
const fixture = (name: string) =>
  readFileSync(new URL(`../../../tests/fixtures/terraform/${name}`, import.meta.url), 'utf8')

type Change = Record<string, unknown>
const changesOf = async (id: string, query = '') => (await shown(id, `/changes${query}`))['changes'] as Change[]

const resource = (address: string, actions: string[], more: object = {}) => ({
  address,
  type: address.split('.')[0],
  provider_name: 'registry.terraform.io/hashicorp/random',
  change: { actions, before: null, after: { id: address }, after_unknown: {}, after_sensitive: {}, ...more },
})
const planOf = (...changes: object[]) => ({
  format_version: '1.2',
  terraform_version: '1.11.4',
  resource_changes: changes,
})

test('a plan is shown with its counts, changes and drift, and the same again is the same', async () => {
  const { deployment } = await begun()
  const text = fixture('plan-show-drift.json')
  const stored = await plan(deployment.id, text)
  const receipt = await stored.json()
  expect([stored.status, receipt]).toEqual([
    200,
    { operation: 1, format_version: '1.2', known: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/), stored: true },
  ])
  const before = [await shown(deployment.id), await changesOf(deployment.id)]
  expect(before[0]).toMatchObject({ operations: [{ n: 1, drifted: 2, plan: { known: true, format_version: '1.2' } }] })
  expect(await (await plan(deployment.id, text)).json()).toEqual({ ...(receipt as object), stored: false })
  const after = [await shown(deployment.id), await changesOf(deployment.id)]
  for (const one of [before[0], after[0]] as Change[])
    for (const name of ['updated_at', 'reported_at']) delete one[name]
  expect(after).toEqual(before)
  const record = await shown(deployment.id, '/plan')
  expect(await (await plan(deployment.id, record)).json()).toMatchObject({ stored: false })
})

test('what was done joins what was planned, whichever comes first', async () => {
  const changes: unknown[] = []
  const record = planOf(resource('random_pet.a', ['delete', 'create']), resource('random_pet.b', ['update']))
  const events = [
    resourceEvent('success', { action: 'delete', elapsed_ms: 3 }),
    resourceEvent('success', { elapsed_ms: 4 }),
    resourceEvent('failed', { address: 'random_pet.b', action: 'update' }),
    resourceEvent('success', { address: 'random_pet.unplanned' }),
  ]
  for (const isFirst of [true, false]) {
    const { deployment } = await begun()
    if (isFirst) await plan(deployment.id, record)
    await report(deployment.id, events)
    if (!isFirst) await plan(deployment.id, record)
    changes.push(await changesOf(deployment.id))
  }
  expect(changes[0]).toEqual(changes[1])
  expect(changes[0]).toMatchObject([
    { address: 'random_pet.a', action: 'replace', status: 'success', elapsed_ms: 7, after: { id: 'random_pet.a' } },
    { address: 'random_pet.b', action: 'update', status: 'failed', provider: 'registry.terraform.io/hashicorp/random' },
    { address: 'random_pet.unplanned', action: 'create', status: 'success', provider: null, after: null },
  ])
})

test("of a run's plans the last is listed, even if it came first; each stays to be read", async () => {
  const { deployment } = await begun()
  const first = planOf(resource('random_pet.a', ['create']), resource('random_pet.b', ['create']))
  const second = planOf(resource('random_pet.b', ['create']), resource('random_pet.c', ['create']))
  await plan(deployment.id, first, 1)
  await plan(deployment.id, second, 2)
  expect((await changesOf(deployment.id)).map(({ address }) => address)).toEqual(['random_pet.b', 'random_pet.c'])
  await plan(deployment.id, planOf(resource('random_pet.z', ['create'])), 1)
  expect((await changesOf(deployment.id)).map(({ address }) => address)).toEqual(['random_pet.b', 'random_pet.c'])
  expect(await shown(deployment.id, '/plan')).toMatchObject({ resource_changes: [{ address: 'random_pet.z' }] })
  expect(await shown(deployment.id, '/plan?operation=2')).toMatchObject({ counts: { add: 2 } })
  expect((await worker.fetch(`/api/deployments/${deployment.id}/plan?operation=3`)).status).toBe(404)
})

test('a plan of a newer format is kept and flagged', async () => {
  const { deployment } = await begun()
  const newer = { ...planOf(resource('random_pet.a', ['create'])), format_version: '9.1', novelty: { a: 1 } }
  expect((await plan(deployment.id, newer)).status).toBe(200)
  expect(await shown(deployment.id)).toMatchObject({ operations: [{ plan: { known: false, format_version: '9.1' } }] })
})

test('a plan of 2,000 changes is listed page by page, filtered or not, at few rows a row', async () => {
  const { deployment } = await begun()
  const many = Array.from({ length: 2000 }, (_, n) => resource(`random_pet.p${String(n).padStart(4, '0')}`, ['create']))
  const gone = Array.from({ length: 20 }, (_, n) => resource(`random_id.i${n}`, ['delete']))
  const drift = Array.from({ length: 60 }, (_, n) => resource(`random_id.d${n}`, ['update']))
  const big = resource('random_pet.big', ['create'], { after: { text: 'x'.repeat(40_000) }, before: { small: 1 } })
  await plan(deployment.id, { ...planOf(...many, ...gone, big), resource_drift: drift })
  const whole = await worker.db()
  const row = Number(await whole.prepare('select id from deployments').first('id'))
  const { db, read } = metered(whole)
  const walk = async (filters: object, most: number) => {
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = ChangeQuery.parse({ limit: 50, ...filters, ...(cursor ? { cursor } : {}) })
      const page = await listChanges(db, deployment.id, row, query)
      seen.push(...page.changes.map(({ address }) => address))
      cursor = page.next
      expect(read()).toBeLessThanOrEqual(Math.max(page.changes.length, 2) * most)
    }
    expect(new Set(seen).size).toBe(seen.length)
    return seen.length
  }
  expect(await walk({}, 3)).toBe(2081)
  expect(await walk({ address: 'random_pet.p0*' }, 3)).toBe(1000)
  expect(await walk({ address: 'random_id.*' }, 3)).toBe(80)
  expect(await walk({ address: 'random_pet.p0007' }, 3)).toBe(1)
  // An action is looked for in the whole plan: that is the price of rows that are written once.
  expect(await walk({ action: 'delete' }, 2100)).toBe(20)
  expect(await changesOf(deployment.id, '?address=random_pet.big')).toMatchObject([
    { truncated: true, after: null, before: { small: 1 } },
  ])
  expect(await shown(deployment.id, '/plan')).toMatchObject({ counts: { add: 2001, remove: 20, drift: 60 } })
})

test.each([
  ['no JSON', 'hello', 400],
  ['no plan', '{}', 400],
  ['a list', '[]', 400],
  ['nothing', '', 400],
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
  ['more than 32 MB', `{"format_version":"1.2","x":"${'x'.repeat(32_000_000)}"}`, 413],
])('a plan that is %s is refused', async (_, body, status) => {
  const { deployment } = await begun()
  const response = await worker.fetch(`/api/deployments/${deployment.id}/plan`, { method: 'PUT', body })
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
})

test('a plan that is nested beyond reason is kept without its depths', async () => {
  const { deployment } = await begun()
  const text = JSON.stringify(planOf(resource('random_pet.a', ['create'], { after: 'DEEP' })))
  const deep = text.replace('"DEEP"', `${'['.repeat(50_000)}${']'.repeat(50_000)}`)
  expect((await plan(deployment.id, deep)).status).toBe(200)
  expect(await changesOf(deployment.id)).toMatchObject([{ address: 'random_pet.a' }])
})

test.each(['action=explode', 'address=', 'limit=0', 'color=red', 'cursor=abc'])(
  'the query %s is refused',
  async (query) => {
    const { deployment } = await begun()
    await plan(deployment.id, planOf(resource('random_pet.a', ['create'])))
    expect((await worker.fetch(`/api/deployments/${deployment.id}/changes?${query}`)).status).toBe(400)
  },
)

/** Everything that is stored: each row of each table, and each object of the bucket, decompressed. */
async function allStored(): Promise<string> {
  const db = await worker.db()
  const tables = await db
    .prepare("select name from sqlite_master where type = 'table' and name not like '%\\_text%' escape '\\'")
    .all<{ name: string }>()
  const found: string[] = []
  for (const { name } of tables.results.filter(
    ({ name: table }) => !table.startsWith('_') && !table.startsWith('sqlite'),
  )) {
    const { results } = await db.prepare(`select * from "${name}"`).all()
    for (const value of results.flatMap((row) => Object.values(row))) {
      found.push(
        Array.isArray(value) && value[0] === 0x1f ? gunzipSync(Uint8Array.from(value)).toString() : String(value),
      )
    }
  }
  const bucket = await worker.server().getR2Bucket('RECORDS')
  for (const { key } of (await bucket.list()).objects) {
    const object = await bucket.get(key)
    if (object) found.push(key, gunzipSync(await object.arrayBuffer()).toString())
  }
  return found.join('\n')
}

test('what looks like a secret is nowhere that anything is stored', async () => {
  const token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'
  const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', '-----END PRIVATE KEY-----']
  const said = `the token is ${token}!`
  const { deployment } = await begun({
    command: `terraform apply -var t=${token}`,
    branch: token,
    working_directory: `/${token}`,
  })
  const noise = Array.from({ length: 40_000 }, (_, n) => (n * 7919).toString(36)).join('')
  await report(deployment.id, [
    ...logLines(1, 30, (line) => `${line} ${said} ${noise.slice(line * 4000, line * 4000 + 4000)}`),
    ...logLines(31, 3, (line) => key[line - 31] ?? ''),
    diagnosticEvent(1, { summary: said, detail: said, address: `random_pet.a["${token}"]` }),
    resourceEvent('success', { address: `random_pet.a["${token}"]` }),
    { type: 'note', n: 1, kind: 'context', detail: said, at: new Date().toISOString() },
  ])
  const secret = 'correct-horse-battery'
  const sensitive = { after: { a: secret, copy: `it is ${secret}`, b: token }, after_sensitive: { a: true } }
  await plan(deployment.id, planOf(resource('random_pet.a', ['create'], sensitive)))
  await update(deployment.id, { status: 'failed', reason: said })
  const stored = await allStored()
  expect(stored).toContain('"line":33')
  expect(stored).toContain('it is (sensitive)')
  for (const hidden of [token, secret, 'MIIEvQ']) expect(stored).not.toContain(hidden)
})
