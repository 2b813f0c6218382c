import { asked, heldBy, startLending } from './lending.ts'

const { account, call, client, lend, lease, rows, agree } = startLending()
const order = async (change: object, token?: string) =>
  call('POST', '/flows/managed-token', { ...asked, ...change }, token)

test.each([
  ['a TTL of 0', { ttl_days: 0 }, 'from an hour'],
  ['a negative TTL', { ttl_days: -1 }, 'from an hour'],
  ['less than an hour', { ttl_days: 0.04 }, 'from an hour'],
  ['more than 365 days', { ttl_days: 365.1 }, 'to 365 days'],
  ['a TTL that is text', { ttl_days: '7' }, 'ttl_days'],
  ['no TTL', { ttl_days: undefined }, 'ttl_days'],
  ['a permission that there is not', { permissions: ['D1 Raed'] }, 'The nearest: D1 Read'],
  ['no permission', { permissions: [] }, 'permissions'],
  ['a permission for what is not named', { permissions: ['Zone Write'] }, 'zone:<id> or zone:*'],
  ['a resource that no permission is for', { resources: ['account', 'r2:shop'] }, 'r2:shop'],
  ['a resource that Cloudflare cannot express', { resources: ['d1:x'] }, 'nothing smaller'],
  ['a zone that is none', { resources: ['zone:example.com'] }, 'zone:<id>'],
  ['a name with a space', { name: 'demo token' }, 'name'],
  ['a name beyond ASCII', { name: 'tökn' }, 'name'],
  ['a name of 64 characters', { name: 'x'.repeat(64) }, 'name'],
  ['no purpose', { purpose: ' ' }, 'purpose'],
  ['another kind', { kind: 'root' }, 'kind'],
  ['what it does not know', { value: 'x' }, 'value'],
])('%s is refused with what is wrong', async (_, change, detail) => {
  const { status, body } = await order(change)
  expect([status, body.detail]).toEqual([400, expect.stringContaining(detail)])
  expect([await rows(), heldBy(account())]).toEqual([[], { tokens: [], secrets: [] }])
})

test('a TTL of an hour, and of 365 days, are the limits', async () => {
  const hour = await lend({ name: 'hour', ttl_days: 1 / 24 })
  const year = await lend({ name: 'year', ttl_days: 365 })
  expect(Date.parse(hour.expires_on) - Date.now()).toBeLessThanOrEqual(3_600_000)
  expect(Date.parse(year.expires_on) - Date.now()).toBeGreaterThan(364.9 * 86_400_000)
  expect((await call('POST', `${lease(hour.id)}/renew`, { ttl_days: 0 })).status).toBe(400)
  expect((await call('POST', `${lease(hour.id)}/renew`, { ttl_days: 366 })).status).toBe(400)
})

test('names that would be one secret collide, and a secret of somebody else is left alone', async () => {
  const { id } = await lend({ name: 'demo-token' })
  const second = await order({ name: 'demo_token' })
  expect([second.status, second.body.detail]).toEqual([409, expect.stringContaining(id)])
  const { store_id: store } = await lend({ name: 'other' })
  const secret = [{ name: 'TOKEN_THEIRS', value: 'v', scopes: ['workers'] }]
  await account().call('POST', `${account().base}/secrets_store/stores/${store}/secrets`, secret)
  expect((await order({ name: 'theirs' })).status).toBe(409)
  const { store: kept } = account().cloud
  expect(kept.rows("select value from store_secrets where name = 'TOKEN_THEIRS'")).toEqual([{ value: 'v' }])
  await agree()
})

test.each([
  ['GET', '/api/managed-tokens/lease-000000099', undefined],
  ['GET', '/api/managed-tokens/tok-000000001', undefined],
  ['DELETE', '/api/managed-tokens/lease-000000099', undefined],
  ['POST', '/api/managed-tokens/lease-000000099/renew', { ttl_days: 1 }],
  ['POST', '/api/managed-tokens/lease-000000099/roll', undefined],
])('%s %s is 404', async (method, path, json) => {
  expect((await call(method, path, json)).status).toBe(404)
})

test('who may read sees leases, and changing them takes the scope flows and being their client', async () => {
  const reader = (await client('read')).token
  const lender = (await client('flows', 'sdk:*')).token
  const other = (await client('flows', 'sdk:*')).token
  const { id } = await lend({ permissions: ['Workers KV Storage Read'] }, lender)
  expect((await call('GET', lease(id), undefined, reader)).status).toBe(200)
  for (const [method, path, json] of [
    ['POST', '/renew', { ttl_days: 1 }],
    ['POST', '/roll'],
    ['DELETE', ''],
  ] as const) {
    const status = async (token: string) => (await call(method, lease(id) + path, json, token)).status
    expect([method + path, await status(reader), await status(other)]).toEqual([method + path, 403, 403])
    expect(await status(lender)).toBeLessThan(300)
  }
  expect((await order({}, reader)).status).toBe(403)
  expect((await call('GET', '/api/managed-tokens', undefined, other)).status).toBe(403)
})
