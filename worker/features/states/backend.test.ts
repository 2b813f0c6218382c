import { createHash } from 'node:crypto'
import { client, info, state } from '../../testing-states.ts'
import type { Info } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, token, run } = client(worker)

test('a state that was written is read back byte by byte, gzipped or not', async () => {
  const mine = info()
  expect((await worker.fetch('/state/team/a')).status).toBe(404)
  expect((await lock('team/a', mine)).status).toBe(200)
  const body = state(1, [{ name: 'é' }])
  expect((await push('team/a', body, mine.ID)).status).toBe(200)
  expect(await (await worker.fetch('/state/team/a')).text()).toBe(body)
  const plain = await worker.fetch('/state/team%2Fa', { headers: { 'accept-encoding': 'identity' } })
  expect(plain.headers.get('content-type')).toBe('application/json')
  expect(await plain.text()).toBe(body)
  expect((await unlock('team/a', mine)).status).toBe(200)
})

test('a request whose reply was lost is a success when it comes again', async () => {
  const mine = info()
  for (const _ of [1, 2]) expect((await lock('again', mine)).status).toBe(200)
  for (const _ of [1, 2]) expect((await push('again', state(1), mine.ID)).status).toBe(200)
  for (const _ of [1, 2]) expect((await unlock('again', mine)).status).toBe(200)
  const other = info()
  expect((await lock('again', other)).status).toBe(200)
  expect((await unlock('again', mine)).status).toBe(200)
  expect((await lock('again', info())).status).toBe(423)
})

test('a late copy of a lock request takes nothing', async () => {
  const mine = info()
  await lock('late', mine)
  await unlock('late', mine)
  expect((await lock('late', mine)).status).toBe(409)
  expect((await lock('late', info())).status).toBe(200)
})

test('whoever asks for a held lock is told who holds it', async () => {
  const mine = info()
  await lock('held', mine)
  const refused = await lock('held', { ...info(), Who: 'bob@desk' })
  expect(refused.status).toBe(423)
  expect(await refused.json()).toMatchObject({
    ID: mine.ID,
    Who: 'alice@laptop',
    detail: expect.stringContaining('alice@laptop'),
  })
})

test('the lock may be taken and released with POST and DELETE on its own address', async () => {
  const mine = info()
  expect((await worker.fetch('/state/gitlab/lock', { method: 'POST', json: mine })).status).toBe(200)
  expect((await lock('gitlab', info())).status).toBe(423)
  expect((await worker.fetch('/state/gitlab/lock', { method: 'DELETE', json: mine })).status).toBe(200)
  expect((await worker.fetch('/state/gitlab', { method: 'DELETE' })).status).toBe(405)
})

test('a stale, foreign or unlocked write is refused in words and changes nothing', async () => {
  const mine = info()
  await lock('cas', mine)
  await push('cas', state(5), mine.ID)
  const refusals: [string, string | undefined, number, string][] = [
    [state(5, [{ name: 'x' }]), mine.ID, 409, 'not newer'],
    [state(4), mine.ID, 409, 'not newer'],
    [state(9, [], 'lineage-2'), mine.ID, 409, 'lineage'],
    [state(9), 'another', 423, 'locked by alice@laptop'],
    [state(9), undefined, 423, 'locked by alice@laptop'],
  ]
  for (const [body, id, status, words] of refusals) {
    const response = await push('cas', body, id)
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)])
  }
  expect(await (await worker.fetch('/state/cas')).text()).toBe(state(5))
  await unlock('cas', mine)
  expect((await push('cas', state(9), mine.ID)).status).toBe(409)
  expect((await push('cas', state(9))).status).toBe(200)
})

test.each([
  ['terraform', undefined],
  ['opentofu', (held: Info) => ({ ...info('', held.ID), Operation: '', Who: '', Created: '0001-01-01T00:00:00Z' })],
])('force-unlock of %s breaks the lock, is audited, and the broken run may not write', async (dialect, body) => {
  const mine = info()
  const name = `force-${dialect}`
  await lock(name, mine)
  const limited = await token([`state:${name}`])
  const json = body?.(mine)
  const forceAs = (bearer?: string) =>
    worker.fetch(`/state/${name}`, {
      method: 'UNLOCK',
      ...(json ? { json } : {}),
      ...(bearer ? { token: bearer } : {}),
    })
  const refused = await forceAs(limited)
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining(`force:${name}`)])
  expect((await forceAs()).status).toBe(200)
  const late = await push(name, state(1), mine.ID)
  expect([late.status, await late.text()]).toEqual([409, expect.stringContaining('broken by root')])
  expect((await unlock(name, mine)).status).toBe(200)
  const db = await worker.db()
  const audit = await eventually(
    async () =>
      (await db.prepare("select actor, subject from audit_log where action = 'state.force_unlock'").all()).results,
    (rows) => rows.length > 0,
  )
  expect(audit).toEqual([{ actor: 'root', subject: name }])
  const broken = await run(name, (row) => row['status'] === 'abandoned')
  expect(broken['reason']).toContain('broken by root')
})

test('push -force is allowed with its scope only, and is told as what it is', async () => {
  const first = info()
  await lock('pushed', first)
  await push('pushed', state(7), first.ID)
  await unlock('pushed', first)
  const mine = info('state-push')
  await lock('pushed', mine)
  const limited = await token(['state:pushed'])
  const body = state(3, [], 'lineage-2')
  const refused = await worker.fetch(`/state/pushed?ID=${mine.ID}`, { method: 'POST', body, token: limited })
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('force:pushed')])
  expect((await push('pushed', body, mine.ID)).status).toBe(200)
  expect(await (await worker.fetch('/state/pushed')).text()).toBe(body)
})

const bytes = (...values: number[]) => new Uint8Array(values)

test.each<[string, string | Uint8Array, string]>([
  ['malformed', '{"version": 4,}', 'at byte'],
  ['truncated', state(1, [{ name: 'a' }]).slice(0, 200), 'ends too early'],
  ['not UTF-8', bytes(123, 34, 255, 34, 58, 49, 125), 'UTF-8'],
  ['no state', '{"hello": "world"}', 'no serial and lineage'],
  ['a list', '[]', 'no serial and lineage'],
  [
    'nested too deep',
    `{"version":4,"serial":1,"lineage":"x","deep":${'['.repeat(110)}${']'.repeat(110)}}`,
    '100 levels',
  ],
  ['a negative serial', state(-1), 'no serial and lineage'],
  ['empty', '', 'ends too early'],
])('a body that is %s is refused in words and stores nothing', async (kind, body, words) => {
  const name = `bad-${kind.replaceAll(' ', '-')}`
  const response = await worker.fetch(`/state/${name}`, { method: 'POST', body })
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(words)])
  expect((await worker.fetch(`/state/${name}`)).status).toBe(404)
})

test('Content-MD5 is checked', async () => {
  const md5 = createHash('md5').update(state(1)).digest('base64')
  expect((await push('md5', state(2), undefined, { 'content-md5': md5 })).status).toBe(400)
  expect((await push('md5', state(1), undefined, { 'content-md5': md5 })).status).toBe(200)
  expect(
    (await worker.fetch('/state/md5', { method: 'LOCK', json: info(), headers: { 'content-md5': md5 } })).status,
  ).toBe(400)
})

test.each([
  ['/state/..%2Fetc', 400],
  ['/state/a/../../api/tokens', 200],
  ['/state/a//b', 400],
  ['/state/%E0%A4%A', 400],
  ['/state/.hidden', 400],
  [`/state/${'x'.repeat(201)}`, 400],
  ['/state/lock', 400],
])('a path like %s reaches no state', async (path, status) => {
  expect((await worker.fetch(path)).status).toBe(status)
})

test('a token opens the states its scopes name, and reading what is recorded opens none', async () => {
  await push('team/x', state(1))
  expect((await worker.fetch('/state/team/x', { token: await token(['state:team/*']) })).status).toBe(200)
  expect((await worker.fetch('/state/team/x', { token: await token(['state:team/x']) })).status).toBe(200)
  for (const scopes of [['read', 'admin'], ['state:team/y'], ['state:tea/*'], ['force:team/x']]) {
    expect((await worker.fetch('/state/team/x', { token: await token(scopes) })).status).toBe(403)
  }
})

const call = async (method: string, bearer: string, more: object, query = '') =>
  (await worker.fetch(`/state/team/planned${query}`, { method, token: bearer, ...more })).status

test('a token that may plan locks, reads and unlocks, and neither writes nor ends the lock of another', async () => {
  const [planner, other] = await Promise.all([token(['plan:team/*']), token(['plan:*', 'read'])])
  const [mine, theirs] = [info('OperationTypePlan'), info()]
  await push('team/planned', state(1))
  expect(await call('LOCK', planner, { json: mine })).toBe(200)
  expect(await call('GET', planner, {})).toBe(200)
  expect(await call('POST', planner, { body: state(2) }, `?ID=${mine.ID}`)).toBe(403)
  expect(await call('UNLOCK', planner, { json: mine })).toBe(200)
  expect((await lock('team/planned', theirs)).status).toBe(200)
  expect(await call('UNLOCK', planner, { json: theirs })).toBe(409)
  expect(await call('UNLOCK', other, {})).toBe(403)
  expect(await call('POST', planner, { json: { serial: 1 } }, '')).toBe(403)
  expect((await unlock('team/planned', theirs)).status).toBe(200)
  expect(await call('GET', await token(['plan:other', 'admin']), {})).toBe(403)
})

test('a query value that is unknown, empty or given twice is refused, and so is another verb', async () => {
  for (const query of ['?id=a', '?ID=', '?ID=a&ID=b', `?ID=${'a'.repeat(201)}`]) {
    expect((await worker.fetch(`/state/query${query}`, { method: 'POST', body: state(1) })).status).toBe(400)
  }
  expect((await worker.fetch('/state/query')).status).toBe(404)
  for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
    const response = await worker.fetch('/state/query', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, LOCK, UNLOCK'])
  }
})

test('an address that only decodes to one of ours names no state', async () => {
  expect((await worker.fetch('/stat%65/decoded', { method: 'POST', body: state(1) })).status).toBe(404)
})
