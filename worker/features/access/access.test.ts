import { eventually, root, startWorker } from '../../testing.ts'

const worker = startWorker()
const form = /^[0-9A-Za-z_-]{40,80}$/

async function issue(scopes: string[], more: object = {}): Promise<{ id: string; token: string; name: string }> {
  const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes, ...more } })
  expect(response.status).toBe(201)
  return (await response.json()) as { id: string; token: string; name: string }
}

test('a token is shown once, works, tells its last use and stops working when it is deleted', async () => {
  const { id, token } = await issue(['admin'], { expires_in_days: 1 })
  expect(token).toMatch(form)
  const shown = await worker.fetch(`/api/tokens/${id}`, { token })
  expect(shown.status).toBe(200)
  const text = JSON.stringify(await (await worker.fetch('/api/tokens')).json())
  expect(text).toContain(id)
  expect(text).not.toContain(token)
  await eventually(
    async () => (await (await worker.fetch(`/api/tokens/${id}`)).json()) as { last_used_at: string | null },
    (seen) => seen.last_used_at !== null,
  )
  expect((await worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBe(204)
  expect((await worker.fetch('/api/tokens', { token })).status).toBe(401)
  expect((await worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBe(404)
})

test('a token may be sent as the password of Basic, with any user name', async () => {
  const basic = `Basic ${Buffer.from(`anyone:${root}`).toString('base64')}`
  expect((await worker.fetch('/api/tokens', { token: null, headers: { authorization: basic } })).status).toBe(200)
})

test('an expired token is refused', async () => {
  const { token } = await issue(['admin'], { expires_in_days: 1 })
  const db = await worker.db()
  await db
    .prepare('update api_tokens set expires_at = ?')
    .bind(Date.now() - 1)
    .run()
  expect((await worker.fetch('/api/tokens', { token })).status).toBe(401)
})

test('a token that expires while it is in use is refused from then on', async () => {
  const { token } = await issue(['admin'], { expires_in_days: 1 })
  const db = await worker.db()
  await db
    .prepare('update api_tokens set expires_at = ?')
    .bind(Date.now() + 300)
    .run()
  expect((await worker.fetch('/api/tokens', { token })).status).toBe(200)
  await eventually(
    async () => (await worker.fetch('/api/tokens', { token })).status,
    (status) => status === 401,
    1500,
  )
})

test('a refusal names the missing scope', async () => {
  const { token } = await issue(['read'])
  const refused = await worker.fetch('/api/tokens', { token })
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ scope: 'admin', type: '/problems/forbidden' })
})

test('nobody hands out a scope they do not hold', async () => {
  const { token } = await issue(['admin'])
  const json = { name: 'more', scopes: ['state:*'] }
  expect((await worker.fetch('/api/tokens', { method: 'POST', token, json })).status).toBe(403)
  json.scopes = ['read', 'flows']
  expect((await worker.fetch('/api/tokens', { method: 'POST', token, json })).status).toBe(201)
})

test('a token ends with the token that issued it', async () => {
  const { token } = await issue(['admin'], { expires_in_days: 1 })
  const day = Date.now() + 86_400_000
  for (const more of [{}, { expires_in_days: 30 }]) {
    const json = { name: 'child', scopes: ['read'], ...more }
    const response = await worker.fetch('/api/tokens', { method: 'POST', token, json })
    const { expires_at: ends } = (await response.json()) as { expires_at: string }
    expect(Date.parse(ends)).toBeLessThanOrEqual(day)
  }
})

test.each([
  [{ name: 'x', scopes: ['everything'] }, 'no such scope'],
  [{ name: 'x', scopes: [] }, '/scopes'],
  [{ name: 'x', scopes: ['state:../etc'] }, 'no such scope'],
  [{ name: 'x', scopes: ['read'], expires_in_days: 0 }, '/expires_in_days'],
  [{ name: 'x', scopes: ['read'], expires_in: 5 }, 'expires_in'],
])('a malformed request is told what is wrong: %j', async (json, reason) => {
  const response = await worker.fetch('/api/tokens', { method: 'POST', json })
  expect(response.status).toBe(400)
  expect(JSON.stringify(await response.json())).toContain(reason)
})

test('missing credentials are told how to send them', async () => {
  const response = await worker.fetch('/api/tokens', { token: null })
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="Throughline"')
})

test('a token with a line break is told so', async () => {
  const basic = `Basic ${Buffer.from(`x:${root}\r\n`).toString('base64')}`
  const response = await worker.fetch('/api/tokens', { token: null, headers: { authorization: basic } })
  expect(response.status).toBe(401)
  expect(await response.text()).toContain('line break')
})

test('wrong credentials are rate-limited by address; right ones still work', async () => {
  const statuses: number[] = []
  for (let attempt = 0; attempt < 25; attempt++) {
    statuses.push((await worker.fetch('/api/tokens', { token: 'x'.repeat(43) })).status)
  }
  expect(statuses[0]).toBe(401)
  expect(statuses.at(-1)).toBe(429)
  expect((await worker.fetch('/api/tokens')).status).toBe(200)
})

test('every change of a token is soon in the audit log, and no token is', async () => {
  const { id, token } = await issue(['read'])
  await worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })
  const db = await worker.db()
  const rows = await eventually(
    async () => (await db.prepare('select action, actor, subject, detail from audit_log order by id').all()).results,
    (found) => found.length === 2,
  )
  expect(rows).toMatchObject([
    { action: 'token.create', actor: 'root', subject: 'ci' },
    { action: 'token.delete', actor: 'root', subject: 'ci' },
  ])
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('no token is named as the owner, or a run of Actions, is in the records', async () => {
  for (const name of ['root', ' Root ', 'github:example/throughline@refs/pull/1/merge', ' GitHub:x']) {
    const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name, scopes: ['read'] } })
    expect(response.status).toBe(400)
  }
})
