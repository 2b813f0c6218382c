import { isTold, secrets, startFailing } from './failing.ts'
import { asked } from './lending.ts'
import { faultKinds } from './wire.ts'

const { wire, call, lend, later, agree, rows, recovered, settled } = startFailing()

test.each([
  'GET /secrets_store/quota',
  'GET /secrets_store/stores',
  `GET ${secrets}`,
  'POST /tokens',
  `POST ${secrets}`,
])('however %s fails, a lease is made whole or not at all, and can be asked for again', async (name) => {
  await lend({ name: 'before' })
  for (const [at, kind] of faultKinds.entries()) {
    const fault = wire.failOnce(name, kind)
    const { status } = await call('POST', '/flows/managed-token', { ...asked, name: `lease-${at}` })
    expect([kind, fault.struck(), status, isTold(status, kind)]).toEqual([kind, true, status, true])
  }
  await recovered()
  // A secret that may be there keeps its name until the clock has looked.
  await later()
  await agree()
  for (const at of faultKinds.keys()) await lend({ name: `lease-${at}` })
  await settled()
  expect(await rows()).toHaveLength(1 + faultKinds.length)
})
