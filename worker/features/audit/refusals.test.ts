import { everyRoute } from '../../testing-routes.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const planted = 'planted-8c1f0b7e52d94a63'

type Row = Record<string, string | number | null>

async function rows(where = "action <> 'token.create' or outcome <> 'success'"): Promise<Row[]> {
  const db = await worker.db()
  return (await db.prepare(`select * from audit_log where ${where} order by id`).all<Row>()).results
}

const written = (count: number) => eventually(rows, (found) => found.length >= count)

async function stranger(scopes = ['sdk:read']): Promise<string> {
  const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'stranger', scopes } })
  return ((await response.json()) as { token: string }).token
}

test('every route that changes something says what, and a refused call of each is audited', async () => {
  const mutating = (await everyRoute()).filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/'))
  const names = [...new Set(mutating.map(({ method, path }) => `${method} ${path}`))]
  expect(names.length).toBeGreaterThan(1)
  const token = await stranger()
  for (const name of names) {
    const [method = '', path = ''] = name.split(' ')
    const declared = mutating.filter((route) => route.method === method && route.path === path)
    const action = declared.find(({ handler }) => handler.action)?.handler.action
    const response = await worker.fetch(path.replaceAll(/:\w+/g, 'some%2Fthing'), {
      method,
      token,
      headers: { 'x-request-id': name.replaceAll(/[^\w]/g, '_') },
      json: { password: planted, [planted]: 1 },
    })
    expect([name, action, response.status >= 400 && response.status < 500]).toEqual([name, expect.any(String), true])
    expect([400, 403]).toContain(response.status)
    const [row] = await eventually(
      () => rows(`request_id = '${response.headers.get('x-request-id')}'`),
      (found) => found.length === 1,
    )
    const actor = name === 'POST /api/access/github-oidc' ? 'anonymous' : 'stranger'
    expect(row).toMatchObject({ actor, action, outcome: 'refused', changed: '[]' })
    expect(row?.['subject']).toBe(path.includes(':') ? 'some/thing' : path)
    expect(JSON.parse(String(row?.['detail']))).toEqual({ status: response.status, kind: expect.any(String) })
  }
  expect(JSON.stringify(await rows('true'))).not.toContain(planted)
})

test('what is not valid or too large is audited as refused, with its kind and not a word of it', async () => {
  const bodies = [`{"name": "${planted}"}`, `{"${planted}`, JSON.stringify({ name: planted.repeat(5000) })]
  for (const body of bodies) await worker.fetch('/api/tokens', { method: 'POST', body })
  const found = await written(3)
  expect(found.map(({ detail }) => JSON.parse(String(detail)) as unknown)).toEqual([
    { status: 400, kind: 'invalid-request' },
    { status: 400, kind: 'invalid-request' },
    { status: 413, kind: 'too-large' },
  ])
  expect(JSON.stringify(found)).not.toContain(planted)
})

test('what failed on our side is audited as failed', async () => {
  const db = await worker.db()
  await db.prepare("create trigger broken before insert on api_tokens begin select raise(abort, 'broken'); end").run()
  const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['read'] } })
  await db.prepare('drop trigger broken').run()
  expect(response.status).toBe(500)
  expect(await written(1)).toMatchObject([
    { actor: 'root', action: 'token.create', outcome: 'failed', detail: '{"status":500,"kind":"internal"}' },
  ])
})

test('the answer is the same when its refusal cannot be written', async () => {
  const token = await stranger()
  const refuse = async () => {
    const response = await worker.fetch('/api/tokens', { method: 'POST', token, json: {} })
    const { instance: _, ...body } = (await response.json()) as Record<string, unknown>
    return { status: response.status, type: response.headers.get('content-type'), body }
  }
  const usual = await refuse()
  const db = await worker.db()
  await db.prepare("create trigger full before insert on outbox begin select raise(abort, 'full'); end").run()
  const answer = await refuse()
  await db.prepare('drop trigger full').run()
  expect(answer).toEqual(usual)
  expect(usual.status).toBe(403)
})

test('what nobody known asked for, and what changes nothing, is not audited', async () => {
  const token = await stranger()
  for (const init of [{ token: null }, { token: 'x'.repeat(43) }]) {
    expect((await worker.fetch('/api/tokens', { ...init, method: 'POST', json: {} })).status).toBe(401)
  }
  expect((await worker.fetch('/api/tokens', { token })).status).toBe(403)
  expect((await worker.fetch('/api/nothing', { method: 'POST', json: {} })).status).toBe(404)
  await worker.fetch('/api/tokens', { method: 'POST', token, json: {} })
  expect(await written(1)).toHaveLength(1)
})

test("who may not touch a state is audited at Terraform's address; a held lock is an event of the state", async () => {
  const token = await stranger(['state:team/a'])
  const lock = { ID: 'one', Operation: 'apply', Info: '', Who: 'x', Version: '1', Created: '', Path: '' }
  expect((await worker.fetch('/state/team/b', { method: 'POST', token, body: '{}' })).status).toBe(403)
  expect((await worker.fetch('/state/team/a', { method: 'LOCK', token, json: lock })).status).toBe(200)
  expect((await worker.fetch('/state/team/a', { method: 'LOCK', token, json: { ...lock, ID: 'two' } })).status).toBe(
    423,
  )
  expect((await worker.fetch('/state/team/a', { method: 'UNLOCK', token })).status).toBe(403)
  expect(await written(2)).toMatchObject([
    { actor: 'stranger', action: 'state.write', subject: 'team/b', outcome: 'refused' },
    { actor: 'stranger', action: 'state.unlock', subject: 'team/a', outcome: 'refused' },
  ])
})
