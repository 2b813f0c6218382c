import { eventually } from '../../worker/testing.ts'
import { asked, heldBy, startLending } from './lending.ts'

const lending = startLending()
const { account, call, lend, lease, later, agree } = lending
type Token = { name: string; status: string; expires_on: string; policies: object[]; id: string }
const tokenOf = async (id: string) => (await account().call<Token>('GET', `${account().base}/tokens/${id}`)).result

const on = (scope: string) => expect.objectContaining({ resources: { [`com.cloudflare.${scope}`]: '*' } })
const page = async (query: string) => (await call('GET', `/api/managed-tokens${query}`)).body
const order = async (change: object, key: string) =>
  call('POST', '/flows/managed-token', { ...asked, ...change }, undefined, key)
const days = (count: number) => Date.now() + count * 86_400_000
const about = (moment: number) => (text: string) => Math.abs(Date.parse(text) - moment) < 60_000

test('a lease is a token of the account that expires, whose value is in the store under a name of its own', async () => {
  const made = await lend()
  expect(made).toMatchObject({
    id: expect.stringMatching(/^lease-\d{9}$/),
    name: 'demo-token',
    purpose: 'A test',
    owner: 'root',
    kind: 'account',
    permissions: ['D1 Read'],
    resources: ['account'],
    state: 'active',
    secret_name: 'TOKEN_DEMO_TOKEN',
    stored_in: 'secrets_store',
    rolled_at: null,
    error: null,
  })
  expect(about(days(7))(made.expires_on)).toBe(true)
  const token = await tokenOf(made.token_id)
  expect(token).toMatchObject({
    status: 'active',
    policies: [
      {
        effect: 'allow',
        permission_groups: [{ name: 'D1 Read' }],
        resources: { [`com.cloudflare.api.account.${account().accountId}`]: '*' },
      },
    ],
  })
  expect(Date.parse(token.expires_on)).toBe(Date.parse(made.expires_on))
  expect(heldBy(account()).secrets).toEqual([{ label: token.name, secret: 'TOKEN_DEMO_TOKEN', isValue: true }])
  expect((await call('GET', lease(made.id))).body).toEqual(made)
})

test('zones and buckets are named, permissions may be identifiers, and a user token is one of the user', async () => {
  const id = 'a'.repeat(32)
  const { result } = await account().call<{ id: string; name: string }[]>(
    'GET',
    `${account().base}/tokens/permission_groups?name=Cache%20Purge`,
  )
  const permissions = [result[0]?.id ?? '', 'Workers R2 Storage Bucket Item Read', 'D1 Read']
  const made = await lend({ permissions, resources: ['account', `zone:${id}`, 'r2:shop'] })
  const token = await tokenOf(made.token_id)
  expect(token.policies).toHaveLength(3)
  expect(token.policies).toEqual(
    expect.arrayContaining([
      on(`api.account.zone.${id}`),
      on(`edge.r2.bucket.${account().accountId}_default_shop`),
      on(`api.account.${account().accountId}`),
    ]),
  )
  const user = await lend({ name: 'mine', kind: 'user', permissions: ['User Details Read'], resources: ['user'] })
  const { result: shown } = await account().call<Token>('GET', `/user/tokens/${user.token_id}`)
  expect(Object.keys((shown.policies[0] as { resources: object }).resources)[0]).toMatch(
    /^com\.cloudflare\.api\.user\.\w+/,
  )
  expect((await call('POST', `${lease(user.id)}/roll`)).status).toBe(200)
  await agree()
  expect((await call('DELETE', lease(user.id))).status).toBe(204)
  await agree()
})

test('leases are listed in pages, newest first', async () => {
  for (const name of ['one', 'two', 'three']) await lend({ name })
  const first = (await page('?limit=2')) as unknown as { managed_tokens: { name: string }[]; next: string }
  expect(first.managed_tokens.map(({ name }) => name)).toEqual(['three', 'two'])
  expect(await page(`?limit=2&cursor=${first.next}`)).toMatchObject({ managed_tokens: [{ name: 'one' }], next: null })
})

test('a lease is renewed, rolled in place and revoked, and each is in the audit', async () => {
  const made = await lend({ name: 'changed' })
  const renewed = await call('POST', `${lease(made.id)}/renew`, { ttl_days: 30 })
  expect(renewed).toMatchObject({ status: 200, body: { id: made.id, state: 'active' } })
  expect(about(days(30))(renewed.body.expires_on)).toBe(true)
  expect(Date.parse((await tokenOf(made.token_id)).expires_on)).toBe(Date.parse(renewed.body.expires_on))

  const before = account().cloud.store.rows('select id, value from store_secrets')
  const rolled = await call('POST', `${lease(made.id)}/roll`)
  expect(rolled).toMatchObject({ status: 200, body: { state: 'active', secret_name: made.secret_name } })
  expect(about(Date.now())(String(rolled.body.rolled_at))).toBe(true)
  const after = account().cloud.store.rows('select id, value from store_secrets')
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  expect(after[0]?.['value']).not.toBe(before[0]?.['value'])
  await agree()

  expect((await call('DELETE', lease(made.id))).status).toBe(204)
  expect(heldBy(account())).toEqual({ tokens: [], secrets: [] })
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/roll'],
  ] as const)
    expect([path, (await call(method, lease(made.id) + path)).status]).toEqual([path, 404])
  const told = await eventually(
    async () => lending.actions(made),
    (acts) => acts.length >= 6,
  )
  expect(told.map(({ action, outcome }) => `${action} ${outcome}`).toSorted()).toEqual([
    'lease.create success',
    'lease.renew success',
    'lease.revoke refused',
    'lease.revoke success',
    'lease.roll refused',
    'lease.roll success',
  ])
})

async function expire(id: string): Promise<void> {
  const db = await lending.worker.db()
  const row = Number(id.slice(6))
  await db.prepare('update managed_tokens set expires_at = 1000, due_at = 1000 where id = ?').bind(row).run()
}

test('the clock deletes token, secret and row of what expired, and of nothing else', async () => {
  const [old, young] = [await lend({ name: 'old' }), await lend({ name: 'young' })]
  await expire(old.id)
  await later()
  expect((await call('GET', lease(old.id))).status).toBe(404)
  expect((await call('GET', lease(young.id))).body).toEqual(young)
  await agree()
  const told = await eventually(
    async () => lending.actions(old),
    (acts) => acts.some(({ action }) => action === 'lease.end'),
  )
  expect(told.find(({ action }) => action === 'lease.end')).toMatchObject({
    actor: 'throughline',
    detail: { reason: 'expired' },
  })
})

test('what Cloudflare no longer has is no failure: neither at the end, nor when it is to be changed', async () => {
  const wipe = async (what: string, id: string) => account().call('DELETE', `${account().base}/${what}/${id}`)
  const [both, rolled, renewed] = [await lend(), await lend({ name: 'rolled' }), await lend({ name: 'renewed' })]
  for (const { token_id: id } of [both, rolled, renewed]) await wipe('tokens', id)
  account().cloud.store.run("delete from store_secrets where name = 'TOKEN_DEMO_TOKEN'")
  await expire(both.id)
  await later()
  expect((await call('GET', lease(both.id))).status).toBe(404)
  expect((await call('POST', `${lease(rolled.id)}/roll`)).status).toBe(409)
  expect((await call('POST', `${lease(renewed.id)}/renew`, { ttl_days: 1 })).status).toBe(409)
  expect((await lending.rows()).length).toBeLessThanOrEqual(1)
  await later(20)
  expect([await lending.rows(), heldBy(account()).secrets]).toEqual([[], []])
})

test('a secret that somebody deleted is made anew when the token is rolled', async () => {
  const made = await lend()
  account().cloud.store.run('delete from store_secrets')
  expect((await call('POST', `${lease(made.id)}/roll`)).status).toBe(200)
  await agree()
})

test('when a client token is deleted, what was lent to it ends', async () => {
  const { id, token } = await lending.client('flows', 'sdk:*')
  const made = await lend({ permissions: ['Workers KV Storage Read'] }, token)
  await lend({ name: 'of-the-owner' })
  expect((await call('DELETE', `/api/tokens/${id}`)).status).toBe(204)
  await later()
  expect((await call('GET', lease(made.id))).status).toBe(404)
  expect((await lending.rows()).map(({ secret_name: name }) => name)).toEqual(['TOKEN_OF_THE_OWNER'])
  await agree()
})

test('the same Idempotency-Key is the same lease, and no other request', async () => {
  const first = await order({}, 'k1')
  expect([first.status, (await order({}, 'k1')).body]).toEqual([201, first.body])
  expect((await order({ name: 'other' }, 'k1')).status).toBe(409)
  expect((await order({ name: 'other' }, 'k2')).status).toBe(201)
  expect(await lending.rows()).toHaveLength(2)
  await agree()
})

test('two requests for one name at a time make one lease', async () => {
  const statuses = await Promise.all(
    ['demo-token', 'demo_token', 'Demo-Token'].map(
      async (name) => (await call('POST', '/flows/managed-token', { ...asked, name })).status,
    ),
  )
  expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  await agree()
})
