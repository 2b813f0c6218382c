import { deploy, visit } from '../../localcloud/cloudflare/testing.ts'
import { eventually } from '../../worker/testing.ts'
import { startFlows } from './flows.ts'

const { account, worker, create, remove, inventory, bindingsOf, token } = startFlows()
const everything = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }

/** Tells what it binds, and the value of its secret. */
const telling = `export default { fetch: (_, env) => Response.json({ ...Object.fromEntries(
  Object.keys(env).map((name) => [name, typeof env[name]])), API_KEY: env.API_KEY }) }`

test('a project is created with all that it binds, answers, and is a deployment with its links', async () => {
  const { status, headers, body } = await create('shop', everything)
  expect([status, body]).toMatchObject([
    201,
    { project: 'shop', url: expect.stringContaining('//shop.'), secrets: ['API_KEY'] },
  ])
  expect(await inventory()).toEqual(['d1:shop-db', 'kv:shop-cache', 'queue:shop-jobs', 'r2:shop-assets', 'script:shop'])
  expect(await (await visit(account(), 'shop')).text()).toContain('shop is ready')
  const run = (await (await worker.fetch(headers.get('location') ?? '')).json()) as { deployment: string }
  expect(run).toMatchObject({ kind: 'create-project', status: 'success', steps: { length: 8 } })
  const shown = await worker.fetch(`/api/deployments/${run.deployment}`)
  expect(await shown.json()).toMatchObject({
    source: 'flow',
    operation: 'create',
    status: 'success',
    actor: 'root',
    resources_created: 5,
  })
  const why = await (await worker.fetch('/api/why?resource=d1:shop-db', { headers: { accept: 'text/plain' } })).text()
  expect(why).toMatch(/^d1:shop-db was created\n {2}by deploy-\S+ {2}create, root, success/)
  expect(why).toContain('because client root asked for deploy-')
  expect(why).toMatch(/because command cmd-\d+ ran deploy-.*flows create-project shop/)
  await worker.minute()
  const audit = (await (await worker.fetch('/api/audit?action=flow.create_project')).json()) as { acts: object[] }
  expect(audit.acts).toMatchObject([{ actor: 'root', subject: 'shop', outcome: 'success' }])
  await remove('shop', '?cleanup')
})

test('created again it keeps its code, its secrets and what is left out, and null detaches without deleting', async () => {
  const { base, call } = account()
  await create('shop', everything)
  const code = new FormData()
  code.append('metadata', JSON.stringify({ main_module: 'index.js' }))
  code.append('index.js', new File([telling], 'index.js', { type: 'application/javascript+module' }))
  await call('PUT', `${base}/workers/scripts/shop/content`, code)
  await call('PUT', `${base}/workers/scripts/shop/secrets`, { name: 'API_KEY', text: 'real', type: 'secret_text' })
  // As wrangler does when it deploys.
  await call('PATCH', `${base}/workers/scripts/shop/script-settings`, { tags: [] })
  const before = await bindingsOf('shop')
  expect((await create('shop', { d1: ['DB', 'MORE'], secrets: ['API_KEY'] })).status).toBe(201)
  const more = { DB: 'object', CACHE: 'object', ASSETS: 'object', JOBS: 'object', MORE: 'object', API_KEY: 'real' }
  expect(await (await visit(account(), 'shop')).json()).toEqual(more)
  expect(await bindingsOf('shop')).toEqual(expect.arrayContaining(before))
  expect((await create('shop', { d1: { MORE: null }, kv: null })).status).toBe(201)
  expect(await (await visit(account(), 'shop')).json()).toEqual({
    DB: 'object',
    ASSETS: 'object',
    JOBS: 'object',
    API_KEY: 'real',
  })
  expect(await inventory()).toEqual(expect.arrayContaining(['d1:shop-more', 'kv:shop-cache']))
  await remove('shop', '?cleanup')
  expect(await inventory()).toEqual([])
})

test('what belongs to others is never taken: it is named, and what was made is taken away', async () => {
  const { base, call } = account()
  await call('POST', `${base}/r2/buckets`, { name: 'shop-assets' })
  const refused = await create('shop', everything)
  expect([refused.status, refused.body]).toMatchObject([409, { resource: 'r2:shop-assets' }])
  expect(await inventory()).toEqual(['r2:shop-assets'])
  const run = await worker.fetch(`/flows/runs/${refused.body.run}`)
  expect(await run.json()).toMatchObject({
    status: 'failed',
    steps: [
      { name: 'look at the script', status: 'undone' },
      { name: 'd1 shop-db', status: 'undone' },
      { name: 'kv shop-cache', status: 'undone' },
      { name: 'r2 shop-assets', status: 'failed', error: expect.stringContaining('does not belong') },
      { name: 'queue shop-jobs', status: 'pending' },
      { name: 'script shop', status: 'pending' },
      { name: 'address', status: 'pending' },
      { name: 'tell the result', status: 'pending' },
    ],
  })
  await deploy(account(), 'taken', telling)
  expect((await create('taken')).body).toMatchObject({ status: 409, resource: 'script:taken' })
  // Two projects, one name: shop-a with B, and shop with A_B.
  await create('shop-a', { d1: ['B'] })
  expect((await create('shop', { d1: ['A_B'] })).body.detail).toContain('belongs to the project shop-a')
  await remove('shop-a', '?cleanup')
  await call('DELETE', `${base}/r2/buckets/shop-assets`)
  await call('DELETE', `${base}/workers/scripts/taken`)
})

test('what a project’s script binds is adopted, and never deleted', async () => {
  const { base, call } = account()
  const { result } = await call<{ uuid: string }>('POST', `${base}/d1/database`, { name: 'shop-db' })
  const bound = { bindings: [{ name: 'DB', type: 'd1', id: result.uuid }], tags: ['throughline-project-shop'] }
  await deploy(account(), 'shop', telling, bound)
  const { status, body } = await create('shop', { d1: ['DB'], kv: ['CACHE'] })
  expect([status, body.resources]).toMatchObject([
    201,
    [
      { kind: 'script' },
      { kind: 'd1', name: 'shop-db', id: result.uuid, origin: 'adopted' },
      { kind: 'kv', origin: 'created' },
    ],
  ])
  await remove('shop', '?cleanup')
  expect(await inventory()).toEqual(['d1:shop-db'])
  await call('DELETE', `${base}/d1/database/${result.uuid}`)
})

test('an Idempotency-Key makes a repetition the same run, and refuses another request', async () => {
  const json = { name: 'shop', bindings: {} }
  const post = async (headers: Record<string, string>, body: object = json, as?: string) =>
    worker.fetch('/flows/create-project', { method: 'POST', json: body, headers, ...(as ? { token: as } : {}) })
  const async = await post({ 'idempotency-key': 'k', prefer: 'respond-async' })
  expect([async.status, await async.json()]).toMatchObject([202, { project: 'shop', status: 'queued' }])
  const place = async.headers.get('location')
  for (const again of [await create('shop', {}, { headers: { 'idempotency-key': 'k' } })])
    expect([again.status, again.headers.get('location')]).toEqual([201, place])
  const other = await post({ 'idempotency-key': 'k' }, { name: 'shop', bindings: { secrets: ['A'] } })
  expect(other.status).toBe(409)
  // Somebody else's key is another one.
  const own = await post({ 'idempotency-key': 'k', prefer: 'wait=0' }, json, await token('flows'))
  expect([own.status === 201 || own.status === 202, own.headers.get('location') === place]).toEqual([true, false])
  const { runs } = (await (await worker.fetch('/flows/runs?project=shop')).json()) as { runs: object[] }
  expect(runs).toHaveLength(2)
  await create('shop', {}, { headers: { 'idempotency-key': 'other' } })
  await remove('shop', '?cleanup')
})

test('one run at a time works on a project, and a client needs the scope', async () => {
  const calls = [1, 2, 3].map(async () =>
    worker.fetch('/flows/create-project', {
      method: 'POST',
      json: { name: 'shop', bindings: everything },
      headers: { prefer: 'respond-async' },
    }),
  )
  const answers = await Promise.all(calls)
  const statuses = answers.map(({ status }) => status)
  expect(statuses.toSorted((a, b) => a - b)).toEqual([202, 409, 409])
  const place = answers.find(({ status }) => status === 202)?.headers.get('location') ?? ''
  await eventually(
    async () => (await (await worker.fetch(place)).json()) as { status: string },
    ({ status }) => status === 'success',
    20_000,
  )
  await remove('shop', '?cleanup')
  const refused = await create('shop', {}, { token: await token('read', 'sdk:*') })
  expect([refused.status, refused.body['scope']]).toEqual([403, 'flows'])
  expect((await worker.fetch('/flows/runs', { token: await token('read') })).status).toBe(403)
})
