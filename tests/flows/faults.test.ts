import { deploy, uploadForm, visit } from '../../localcloud/cloudflare/testing.ts'
import { startFlows } from './flows.ts'
import { faults, Network } from './network.ts'
import type { Fault } from './network.ts'

const network = new Network(() => account().url)
beforeAll(async () => network.listen())
const { account, worker, create, remove, inventory, bindingsOf } = startFlows(() => ({
  CLOUDFLARE_API_BASE_URL: `${network.url}/client/v4`,
  CLOUDFLARE_TIMEOUT_MS: '1500',
  FLOWS_RETRY_MS: '1',
}))
afterAll(async () => network.stop())
afterEach(() => {
  network.plan = () => null
  network.retryAfter = 0
})

const everything = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }
const made = ['d1:shop-db', 'kv:shop-cache', 'queue:shop-jobs', 'r2:shop-assets', 'script:shop']

/** Each different call fails once; one that hangs costs time, so of these only those that change something do. */
function once(fault: Fault): (call: string) => Fault | null {
  const struck = new Set<string>()
  return (call) => {
    if (struck.has(call) || (fault === 'hang' && call.startsWith('GET'))) return null
    struck.add(call)
    return fault
  }
}

/** Puts objects into the project's bucket. */
async function fill(): Promise<void> {
  const { base, call } = account()
  for (const key of ['a', 'b', 'c', 'd', 'e']) await call('PUT', `${base}/r2/buckets/shop-assets/objects/${key}`, 'x')
}

test.each(faults)('every call of a creation and of a deletion fails once: %s', async (fault) => {
  network.plan = once(fault)
  const created = await create('shop', everything)
  expect([created.status, created.body.detail]).toEqual([201, undefined])
  expect(await inventory()).toEqual(made)
  expect(await (await visit(account(), 'shop')).text()).toContain('shop is ready')
  if (fault !== 'hang') await fill()
  network.plan = once(fault)
  const removed = await remove('shop', '?cleanup')
  expect([removed.status, removed.body.detail]).toEqual([200, undefined])
  expect(await inventory()).toEqual([])
})

test('when Cloudflare says how long to wait, nobody calls before', async () => {
  let refusedAt = 0
  let calledAt = 0
  network.retryAfter = 1
  network.plan = (call) => {
    if (refusedAt > 0 && calledAt === 0) calledAt = Date.now()
    if (refusedAt > 0 || call !== 'POST /d1/database') return null
    refusedAt = Date.now()
    return '429'
  }
  expect((await create('shop', { d1: ['DB'] })).status).toBe(201)
  expect(calledAt - refusedAt).toBeGreaterThanOrEqual(990)
  await remove('shop', '?cleanup')
})

/** The calls that change something in a creation. */
const changes = [
  'POST /d1/database',
  'POST /storage/kv/namespaces',
  'POST /r2/buckets',
  'POST /queues',
  'PUT /workers/scripts/shop',
  'POST /workers/scripts/shop/subdomain',
]

/** A call that is done and never answered, after which so many others fail: more than a step tries. */
function lostFor(change: string, others: number): (call: string) => Fault | null {
  let left = 0
  return (call) => {
    if (call === change && left === 0) {
      left = others
      return 'cut'
    }
    left = Math.max(0, left - 1)
    return left > 0 ? '500 before' : null
  }
}

test.each(changes)('%s fails for good, done or not: all is taken away again, and nothing else', async (change) => {
  await deploy(account(), 'other', 'export default { fetch: () => new Response("x") }')
  for (const plan of [(call: string) => (call === change ? ('500 before' as const) : null), lostFor(change, 6)]) {
    await failsWith(plan)
    expect(await inventory()).toEqual(['script:other'])
  }
})

async function failsWith(plan: typeof network.plan): Promise<void> {
  network.plan = plan
  const { status, body } = await create('shop', everything)
  expect([status, body]).toMatchObject([502, { step: expect.any(String), run: expect.any(String) }])
  const run = (await (await worker.fetch(`/flows/runs/${body.run}`)).json()) as { status: string; steps: object[] }
  expect(run).toMatchObject({ status: 'failed', error: body.detail })
  expect(run.steps).toContainEqual(expect.objectContaining({ status: 'failed', error: expect.any(String) }))
}

test('what cannot be taken away again stays known, and deleting the project goes on', async () => {
  network.plan = (call) =>
    call === 'PUT /workers/scripts/shop' || call.startsWith('DELETE /d1') || call.startsWith('DELETE /r2')
      ? '500 before'
      : null
  const { status, body } = await create('shop', everything)
  expect([status, body]).toMatchObject([502, { left: ['d1:shop-db', 'r2:shop-assets'] }])
  expect(await inventory()).toEqual(['d1:shop-db', 'r2:shop-assets', 'script:other'])
  network.plan = () => null
  expect((await remove('shop', '?cleanup')).status).toBe(200)
  expect(await inventory()).toEqual(['script:other'])
})

test('a deletion that failed goes on when it is asked for again', async () => {
  await create('shop', everything)
  await fill()
  network.plan = (call) => (call === 'DELETE /r2/buckets/shop-assets' ? '500 before' : null)
  expect((await remove('shop', '?cleanup')).status).toBe(502)
  expect(await inventory()).toEqual(['r2:shop-assets', 'script:other'])
  network.plan = () => null
  expect((await remove('shop', '?cleanup')).status).toBe(200)
  expect(await inventory()).toEqual(['script:other'])
})

test('a project that could not be completed has the bindings and the secrets that it had', async () => {
  const { base, call } = account()
  await create('shop', { d1: ['DB'], secrets: ['API_KEY'] })
  await call('PUT', `${base}/workers/scripts/shop/secrets`, { name: 'API_KEY', text: 'real', type: 'secret_text' })
  await call('PATCH', `${base}/workers/scripts/shop/script-settings`, { tags: [] })
  const before = await bindingsOf('shop')
  // After it was given its new bindings.
  network.plan = (one) => (one === 'PATCH /workers/scripts/shop/script-settings' ? '500 before' : null)
  expect((await create('shop', { d1: ['MORE'], kv: ['CACHE'], secrets: { API_KEY: null } })).status).toBe(502)
  network.plan = () => null
  expect(await bindingsOf('shop')).toEqual(before)
  expect(await inventory()).toEqual(expect.not.arrayContaining(['d1:shop-more']))
  expect(await inventory()).toEqual(expect.not.arrayContaining(['kv:shop-cache']))
  const code = `export default { fetch: (_, env) => new Response(env.API_KEY) }`
  const form = uploadForm(code, { keep_bindings: ['secret_text'] })
  await call('PUT', `${base}/workers/scripts/shop/content`, form)
  expect(await (await visit(account(), 'shop')).text()).toBe('real')
  await remove('shop', '?cleanup')
})
