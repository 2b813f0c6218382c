import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const { call, upload, allowed, root, token } = gateway
const code = 'export default { fetch: () => new Response("x"), tail() {} }'
type Consumers = { tail_consumers: { service: string }[] }

test('a script’s tail consumers are read, set, and this Worker is added and removed beside the others', async () => {
  for (const name of ['shop', 'shop-tail']) await upload(root, 'PUT', `A/workers/scripts/${name}`, uploadForm(code))
  const shop = await allowed(['Workers Scripts Write'], ['script:shop*'])
  const tails = '/sdk/workers/scripts/shop/tails'
  const now = async () =>
    (await call<Consumers>(shop, 'GET', tails)).result.tail_consumers.map(({ service }) => service)
  expect(await now()).toEqual([])
  const set = await call<Consumers>(shop, 'PUT', tails, { tail_consumers: [{ service: 'shop-tail' }] })
  expect([set.status, await now()]).toEqual([200, ['shop-tail']])
  for (let n = 0; n < 2; n++) expect((await call(shop, 'PUT', '/sdk/workers/scripts/shop/tail')).status).toBe(200)
  expect(await now()).toEqual(['shop-tail', 'throughline'])
  expect((await call(shop, 'DELETE', '/sdk/workers/scripts/shop/tail')).status).toBe(200)
  expect(await now()).toEqual(['shop-tail'])
})

test('only for scripts of the policy, and with consumers of the policy', async () => {
  for (const name of ['shop', 'other']) await upload(root, 'PUT', `A/workers/scripts/${name}`, uploadForm(code))
  const shop = await allowed(['Workers Scripts Write'], ['script:shop'])
  const set = (script: string, consumer: string) =>
    call(shop, 'PUT', `/sdk/workers/scripts/${script}/tails`, { tail_consumers: [{ service: consumer }] })
  expect((await set('shop', 'other')).status).toBe(403)
  expect((await set('shop', 'throughline')).status).toBe(403)
  expect((await set('other', 'shop')).status).toBe(403)
  expect((await call(shop, 'PUT', '/sdk/workers/scripts/other/tail')).status).toBe(403)
  expect((await call(await token('sdk:read'), 'PUT', '/sdk/workers/scripts/shop/tail')).status).toBe(403)
  expect((await call(shop, 'PUT', '/sdk/workers/scripts/shop/tails', 'no JSON')).status).toBe(400)
  expect((await call(root, 'PUT', '/sdk/workers/scripts/nowhere/tail')).status).toBe(404)
})
