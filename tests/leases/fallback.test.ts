import { heldBy, startLending } from './lending.ts'

const { account, call, lend, lease, later, agree, rows, worker } = startLending()

/** Takes all places of the store but some. */
async function fill(left = 0): Promise<void> {
  const { store_id: store, id } = await lend({ name: 'first' })
  await call('DELETE', lease(id))
  const secrets = Array.from({ length: 100 - left }, (_, at) => ({ name: `S${at}`, value: 'v', scopes: ['workers'] }))
  await account().call('POST', `${account().base}/secrets_store/stores/${store}/secrets`, secrets)
}
const free = () => account().cloud.store.run("delete from store_secrets where name = 'S0'")

test('a value that the store has no place for is kept encrypted, until it has one', async () => {
  await fill()
  const made = await lend()
  expect(made).toMatchObject({ state: 'active', stored_in: 'fallback', store_id: null })
  await later(11)
  expect((await call('GET', lease(made.id))).body.stored_in).toBe('fallback')
  free()
  await later(11)
  expect((await call('GET', lease(made.id))).body).toMatchObject({ state: 'active', stored_in: 'secrets_store' })
  expect((await rows())[0]?.sealed).toBeNull()
  await agree()
})

test('a roll puts the new value where there is a place', async () => {
  await fill()
  const made = await lend()
  const before = (await rows())[0]?.sealed
  expect((await call('POST', `${lease(made.id)}/roll`)).body.stored_in).toBe('fallback')
  expect((await rows())[0]?.sealed).not.toBe(before)
  free()
  expect((await call('POST', `${lease(made.id)}/roll`)).body.stored_in).toBe('secrets_store')
  await agree()
})

test('a kept value that cannot be read any more is rolled', async () => {
  await fill()
  const made = await lend()
  const db = await worker.db()
  await db.prepare("update managed_tokens set sealed = substr(sealed, 1, 20) || 'AAAA' || substr(sealed, 25)").run()
  free()
  await later(11)
  expect((await call('GET', lease(made.id))).body).toMatchObject({ state: 'active', stored_in: 'secrets_store' })
  await agree()
})

test('one that expires or is revoked while it is kept leaves nothing', async () => {
  await fill()
  const [one, two] = [await lend({ name: 'one' }), await lend({ name: 'two' })]
  expect((await call('DELETE', lease(one.id))).status).toBe(204)
  const db = await worker.db()
  await db.prepare('update managed_tokens set expires_at = 1000, due_at = 1000').run()
  await later()
  expect((await call('GET', lease(two.id))).status).toBe(404)
  expect([await rows(), heldBy(account())]).toEqual([[], { tokens: [], secrets: [] }])
})
