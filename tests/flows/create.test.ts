import { visit } from '../../localcloud/cloudflare/testing.ts'
import { startGateway } from '../gateway/gateway.ts'

const { account, worker } = startGateway({ FLOWS_RETRY_MS: '20' })
const create = async (json: unknown, init: object = {}) =>
  worker.fetch('/flows/create-project', { method: 'POST', json, ...init })

test('a project is created with all that it binds, and answers', async () => {
  const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }
  const response = await create({ name: 'shop', bindings })
  expect([response.status, await response.json()]).toMatchObject([
    201,
    { project: 'shop', url: expect.stringContaining('//shop.'), secrets: ['API_KEY'] },
  ])
  expect(await (await visit(account(), 'shop')).text()).toContain('shop is ready')
  const run = await worker.fetch(response.headers.get('location') ?? '')
  expect(await run.json()).toMatchObject({ status: 'success', steps: expect.any(Array) })
})
