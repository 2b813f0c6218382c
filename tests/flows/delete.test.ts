import { deploy, visit } from '../../localcloud/cloudflare/testing.ts'
import { startFlows } from './flows.ts'

const { account, worker, create, remove, inventory } = startFlows()
const code = 'export default { fetch: () => new Response("x") }'
const everything = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }

async function made(name: string, bindings: object = everything) {
  const { status, body } = await create(name, bindings)
  expect([status, body]).toEqual([201, expect.anything()])
  return (kind: string) => body.resources.find((one) => one.kind === kind)?.id ?? ''
}

/** Puts many objects into a bucket, by a script that is gone afterwards. */
async function fill(bucket: string, count: number): Promise<void> {
  const filler = `export default { async fetch(_, { B }) {
    await Promise.all(Array.from({ length: ${count} }, (_, n) => B.put('a key/' + n, 'x')))
    return new Response('full')
  } }`
  await deploy(account(), 'filler', filler, { bindings: [{ name: 'B', type: 'r2_bucket', bucket_name: bucket }] })
  expect(await (await visit(account(), 'filler')).text()).toBe('full')
  await account().call('DELETE', `${account().base}/workers/scripts/filler`)
}

test('a project goes with all that it owns, with what is in its bucket, and nothing else does', async () => {
  await made('other', { d1: ['DB'] })
  const before = await inventory()
  await made('shop')
  await fill('shop-assets', 12)
  const { status, body } = await remove('shop', '?cleanup=true')
  expect([status, body]).toMatchObject([200, { project: 'shop' }])
  expect(await inventory()).toEqual(before)
  expect((await remove('shop', '?cleanup=true')).status).toBe(404)
  await remove('other', '?cleanup=true')
})

test('without cleanup only the script goes, and the rest is found again', async () => {
  const id = await made('shop')
  expect((await remove('shop')).status).toBe(200)
  expect(await inventory()).toEqual(['d1:shop-db', 'kv:shop-cache', 'queue:shop-jobs', 'r2:shop-assets'])
  const again = await made('shop')
  for (const kind of ['d1', 'kv', 'queue']) expect(again(kind)).toBe(id(kind))
  expect((await remove('shop', '?cleanup')).status).toBe(200)
  expect(await inventory()).toEqual([])
})

test('a script that somebody else made under the name meanwhile is not deleted with what is left', async () => {
  await made('shop', { kv: ['CACHE'] })
  expect((await remove('shop')).status).toBe(200)
  await deploy(account(), 'shop', code)
  expect((await remove('shop')).status).toBe(404)
  expect((await remove('shop', '?force=true')).status).toBe(404)
  const { status, body } = await remove('shop', '?cleanup=true&force=true')
  expect([status, body]).toMatchObject([200, { deleted: [{ kind: 'kv', name: 'shop-cache' }] }])
  expect(await inventory()).toEqual(['script:shop'])
  await account().call('DELETE', `${account().base}/workers/scripts/shop`)
})

test('what others bind stays, and they are named, unless it is forced', async () => {
  const id = await made('shop')
  await deploy(account(), 'reader', code, { bindings: [{ name: 'X', type: 'd1', id: id('d1') }] })
  await deploy(account(), 'caller', code, { bindings: [{ name: 'X', type: 'service', service: 'shop' }] })
  const queue = 'export default { fetch: () => new Response("x"), queue() {} }'
  await deploy(account(), 'eater', queue)
  const { base, call } = account()
  await call('POST', `${base}/queues/${id('queue')}/consumers`, { type: 'worker', script_name: 'eater' })
  await call('POST', `${base}/pages/projects`, {
    name: 'site',
    production_branch: 'main',
    deployment_configs: { production: { r2_buckets: { B: { name: 'shop-assets' } } } },
  })
  const before = await inventory()
  const refused = await remove('shop', '?cleanup=true')
  const { detail } = refused.body
  expect(refused.status).toBe(409)
  expect(detail).toContain('the Worker reader binds the D1 database shop-db')
  expect(detail).toContain('the Worker caller binds the Worker shop')
  expect(detail).toContain('the Worker eater binds the queue shop-jobs')
  expect(detail).toContain('the Pages project site binds the R2 bucket shop-assets')
  expect(await inventory()).toEqual(before)
  expect((await remove('shop', '?cleanup=true&force')).status).toBe(200)
  expect(await inventory()).toEqual(['script:caller', 'script:eater', 'script:reader'])
  for (const script of ['caller', 'eater', 'reader'])
    await call('DELETE', `${base}/workers/scripts/${script}?force=true`)
})

test('a name that is no project, or the control plane’s own, is refused', async () => {
  expect((await remove('nothing')).status).toBe(404)
  await deploy(account(), 'strange', code)
  expect((await remove('strange')).status).toBe(404)
  expect((await remove('throughline')).status).toBe(400)
  expect((await remove('shop', '?cleanup=perhaps')).status).toBe(400)
  expect(await inventory()).toEqual(['script:strange'])
  await worker.minute()
  const audit = (await (await worker.fetch('/api/audit?action=flow.delete_project')).json()) as { acts: object[] }
  expect(audit.acts).toHaveLength(4)
})
