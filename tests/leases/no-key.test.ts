import { asked, heldBy, startLending } from './lending.ts'

const { account, call, lend, lease, wire, rows } = startLending({ LEASE_KEY: '' })

test('without a key and without a place, no token is made', async () => {
  const { store_id: store, id } = await lend()
  await call('DELETE', lease(id))
  const secrets = Array.from({ length: 100 }, (_, at) => ({ name: `S${at}`, value: 'v', scopes: ['workers'] }))
  await account().call('POST', `${account().base}/secrets_store/stores/${store}/secrets`, secrets)
  wire.calls = []
  const { status, body } = await call('POST', '/flows/managed-token', asked)
  expect([status, body.detail]).toEqual([503, expect.stringContaining('LEASE_KEY')])
  expect(wire.calls).not.toContain('POST /tokens')
  expect([await rows(), heldBy(account()).tokens]).toEqual([[], []])
})
