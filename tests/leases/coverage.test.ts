import { asked, heldBy, startLending } from './lending.ts'

const { account, call, client, worker, lend, lease } = startLending()
const zone = 'b'.repeat(32)
const order = async (change: object, token: string) =>
  call('POST', '/flows/managed-token', { ...asked, ...change }, token)

/** A client of a policy. */
async function holder(permissions: string[], resources: string[], expires_at: string | null = null): Promise<string> {
  const json = { name: 'shop', permissions, resources, expires_at }
  const { status } = await worker.fetch('/api/policies', { method: 'POST', json })
  if (status !== 201) throw new Error(String(status))
  return (await client('flows', 'sdk:shop')).token
}

test('a policy lends what it permits on all that the token reaches, and nothing else', async () => {
  const token = await holder(['Workers KV Storage Write'], ['kv:*'])
  expect((await order({ name: 'kv', permissions: ['Workers KV Storage Write'] }, token)).status).toBe(201)
  const refused = await order({ permissions: ['Workers KV Storage Write', 'Hyperdrive Read'] }, token)
  expect(refused).toMatchObject({ status: 403, body: { missing: [expect.stringContaining('Hyperdrive Read')] } })
  expect(heldBy(account()).tokens).toHaveLength(1)
})

test('a policy for one namespace lends no token, since Cloudflare would give it all of them', async () => {
  const token = await holder(['Workers KV Storage Write'], [`kv:${zone}`])
  const refused = await order({ permissions: ['Workers KV Storage Write'] }, token)
  expect(refused).toMatchObject({ status: 403, body: { missing: ['the resource kv:*'] } })
})

test('a policy for a zone or a bucket lends tokens of that', async () => {
  const token = await holder(['Cache Purge', 'Workers R2 Storage Bucket Item Read'], [`zone:${zone}`, 'r2:shop-*'])
  const status = async (permission: string, resource: string) =>
    (await order({ name: 'x', permissions: [permission], resources: [resource] }, token)).status
  expect(await status('Cache Purge', `zone:${'c'.repeat(32)}`)).toBe(403)
  expect(await status('Cache Purge', 'zone:*')).toBe(403)
  expect(await status('Workers R2 Storage Bucket Item Read', 'r2:other')).toBe(403)
  expect(await status('Workers R2 Storage Bucket Item Read', 'r2:throughline-records')).toBe(403)
  expect(await status('Cache Purge', `zone:${zone}`)).toBe(201)
  expect(
    (await order({ permissions: ['Workers R2 Storage Bucket Item Read'], resources: ['r2:shop-a'] }, token)).status,
  ).toBe(201)
})

test.each([
  'D1 Read',
  'D1 Write',
  'Workers Scripts Read',
  'Workers Scripts Write',
  'Workers R2 Storage Read',
  'Queues Write',
  'Pages Write',
  'Account API Tokens Write',
  'Secrets Store Write',
  'Workers CI Write',
  'Pipelines Write',
])('only the owner lends %s, which would reach the control plane or give more', async (permission) => {
  const token = (await client('flows', 'sdk:*')).token
  const refused = await order({ permissions: [permission] }, token)
  expect(refused).toMatchObject({ status: 403, body: { missing: expect.arrayContaining(["the owner's token"]) } })
  await lend({ permissions: [permission] })
})

test('sdk:read lends what reads, and sdk:* and admin all that is not the owner’s', async () => {
  const reader = (await client('flows', 'sdk:read')).token
  expect((await order({ name: 'r', permissions: ['Workers KV Storage Read'] }, reader)).status).toBe(201)
  expect((await order({ permissions: ['Workers KV Storage Write'] }, reader)).status).toBe(403)
  const all = (await client('flows', 'sdk:*')).token
  expect((await order({ name: 'a', permissions: ['Workers KV Storage Write', 'Hyperdrive Read'] }, all)).status).toBe(
    201,
  )
  const admin = (await client('admin')).token
  expect((await order({ name: 'b', permissions: ['Workers KV Storage Write'] }, admin)).status).toBe(201)
  const none = (await client('flows')).token
  const refused = await order({ permissions: ['Workers KV Storage Read'] }, none)
  expect(refused.status).toBe(403)
  expect(refused.body.detail).toContain('Workers KV Storage Read')
})

test('a lease ends no later than the policy and the client token that allow it', async () => {
  const soon = new Date(Date.now() + 7_200_000).toISOString()
  const token = await holder(['Workers KV Storage Read'], ['kv:*'], soon)
  const made = await lend({ permissions: ['Workers KV Storage Read'] }, token)
  expect(Date.parse(made.expires_on)).toBe(Math.floor(Date.parse(soon) / 1000) * 1000)
  const response = await worker.fetch('/api/tokens', {
    method: 'POST',
    json: { name: 'short', scopes: ['flows', 'sdk:*'], expires_in_days: 1 },
  })
  const short = (await response.json()) as { token: string; expires_at: string }
  const second = await lend({ name: 'second', permissions: ['Workers KV Storage Read'] }, short.token)
  expect(Date.parse(second.expires_on)).toBe(Math.floor(Date.parse(short.expires_at) / 1000) * 1000)
  const renewed = await call('POST', `${lease(second.id)}/renew`, { ttl_days: 30 }, short.token)
  expect(renewed.body.expires_on).toBe(second.expires_on)
})

test('who may no longer do what a lease does cannot renew it, but can roll and revoke it', async () => {
  const token = await holder(['Workers KV Storage Read'], ['kv:*'])
  const { id } = await lend({ permissions: ['Workers KV Storage Read'] }, token)
  const content = { permissions: ['D1 Read'], resources: ['d1:*'] }
  await worker.fetch('/api/policies/shop', { method: 'PUT', json: content })
  expect((await call('POST', `${lease(id)}/renew`, { ttl_days: 1 }, token)).status).toBe(403)
  expect((await call('POST', `${lease(id)}/roll`, undefined, token)).status).toBe(200)
  expect((await call('DELETE', lease(id), undefined, token)).status).toBe(204)
})

test('through the gateway nobody but the owner binds a leased token by a mere *, or copies its secret', async () => {
  const { store_id: store } = await lend()
  const all = (await client('sdk:*')).token
  const base = `/client/v4/accounts/${account().accountId}`
  const bind = async (name: string, token: string) => {
    const secrets = { X: { type: 'secrets_store_secret', store_id: store, secret_name: name } }
    return (await call('PATCH', `${base}/workers/scripts/shop/secrets-bulk`, { secrets }, token)).status
  }
  // 400: it came to Cloudflare, which takes no such binding there.
  expect([await bind('TOKEN_DEMO_TOKEN', all), await bind('OTHER', all)]).toEqual([403, 400])
  const named = await holder(['Workers Scripts Write'], ['script:shop', `secrets_store:${store}/TOKEN_DEMO*`])
  expect(await bind('TOKEN_DEMO_TOKEN', named)).toBe(400)
  const [secret] = account().cloud.store.rows('select id from store_secrets')
  const path = `${base}/secrets_store/stores/${store}/secrets/${String(secret?.['id'])}/duplicate`
  const copy = { name: 'COPY', scopes: ['workers'] }
  expect((await call('POST', path, copy, all)).status).toBe(403)
  expect((await call('POST', path, copy)).status).toBe(200)
})
