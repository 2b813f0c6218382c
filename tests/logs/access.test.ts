import { root } from '../../worker/testing.ts'
import { startLogs, trace } from './logs.ts'

const logs = startLogs()

/** The answer to somebody who asks for the events as a stream, which is not read. */
async function ask(
  name: string,
  init: { token?: string | null; headers?: Record<string, string>; query?: string } = {},
) {
  const stop = new AbortController()
  const { query = '', ...rest } = init
  const response = await logs.call(`${logs.path(name)}${query}`, { ...rest, signal: stop.signal })
  const { status } = response
  stop.abort()
  return status
}

async function policy(name: string, permissions: string[], resources: string[]): Promise<string> {
  const made = await logs.call('/api/policies', { method: 'POST', json: { name, permissions, resources } })
  expect(made.status).toBe(201)
  return logs.token(`sdk:${name}`)
}

test('who may read, or has a policy for the tails of the script, may follow it; nobody else', async () => {
  const shop = await policy('shop', ['Workers Tail Read'], ['script:shop-*'])
  const stores = await policy('stores', ['Workers KV Storage Write'], ['*'])
  expect(await ask('shop-web', { token: shop })).toBe(200)
  expect(await ask('other', { token: shop })).toBe(403)
  expect(await ask('shop-web', { token: stores })).toBe(403)
  expect(await ask('shop-web', { token: await logs.token('commands:write') })).toBe(403)
  expect(await ask('shop-web', { token: await logs.token('read') })).toBe(200)
  expect(await ask('shop-web', { token: await logs.token('sdk:read') })).toBe(200)
  expect(await ask('shop-web', { token: null })).toBe(401)
  expect(await ask('shop-web', { token: 'x'.repeat(40) })).toBe(401)
  for (const path of ['/api/logs/other', '/api/logs/shop-web'])
    expect((await logs.call(path, { token: shop })).status).toBe(path.includes('other') ? 403 : 200)
})

test('another account is not found, and no name of a script is refused', async () => {
  const path = `/ws/logs/${'0'.repeat(32)}/shop`
  expect((await logs.call(path)).status).toBe(404)
  expect((await logs.call(path, { token: null })).status).toBe(401)
  expect(await ask('a/b/c')).toBe(400)
  expect(await ask('..')).toBe(404)
})

test('a token is never taken from the address, and a page of another site follows nothing', async () => {
  expect(await ask('shop', { token: null, query: `?token=${root}` })).toBe(400)
  expect(await ask('shop', { headers: { origin: 'https://evil.example' } })).toBe(403)
  expect(await ask('shop', { headers: { origin: logs.url() } })).toBe(200)
  const refused = new WebSocket(`${logs.url().replace('http', 'ws')}${logs.path('shop')}`, [
    `throughline.token.${root}`,
  ])
  await new Promise((resolve) => refused.addEventListener('error', resolve))
})

test('a ticket opens one connection to one log', async () => {
  const issue = async (name: string, token = root) => {
    const response = await logs.call('/ws/tickets', { method: 'POST', token, json: { script_name: name } })
    expect(response.status).toBe(201)
    return (await response.json()) as { ticket: string; path: string; expires_at: string }
  }
  const { ticket, path, expires_at } = await issue('shop')
  expect(path).toBe(logs.path('shop'))
  expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(60_000)
  const socket = await logs.open('shop', { token: null, query: `?ticket=${ticket}` })
  await logs.deliver(trace('shop', 'seen'))
  await socket.start().got(1)
  expect(await ask('shop', { token: null, query: `?ticket=${ticket}` })).toBe(401)
  const other = await issue('other')
  expect(await ask('shop', { token: null, query: `?ticket=${other.ticket}` })).toBe(401)
  expect(await ask('other', { token: null, query: `?ticket=${other.ticket}` })).toBe(401)
  const stranger = await logs.token('commands:write')
  expect(
    (await logs.call('/ws/tickets', { method: 'POST', token: stranger, json: { script_name: 'shop' } })).status,
  ).toBe(403)
  expect(
    (await logs.call('/ws/tickets', { method: 'POST', json: { script_name: 'shop', account_id: 'x' } })).status,
  ).toBe(404)
})

test('who has lost the token is sent away', async () => {
  const made = await logs.call('/api/tokens', { method: 'POST', json: { name: 'gone', scopes: ['read'] } })
  const { id, token } = (await made.json()) as { id: string; token: string }
  const viewer = (await logs.open('leaving', { token })).start()
  await viewer.frame('started')
  expect((await logs.call(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBe(204)
  await logs.deliver(trace('leaving'))
  expect(await viewer.closed).toMatchObject({ code: 4401 })
  expect(viewer.events).toEqual([])
  expect(await ask('leaving', { token })).toBe(401)
})
