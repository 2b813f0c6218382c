import { deploy as upload } from '../../localcloud/cloudflare/testing.ts'
import { opened, saying, startProjects } from './project.ts'

const { account, worker, call, deploy, said, secret } = startProjects()

test('content becomes a project that answers at its address, and the next content keeps what it binds', async () => {
  const first = await deploy('shop', saying('first'), { d1: ['DB'], kv: ['CACHE'], secrets: ['API_KEY'] })
  const { port } = new URL(account().url)
  const url = `http://shop.localhost:${port}`
  expect(first).toMatchObject({ status: 200, body: { project: 'shop', version: 1, url } })
  const bound = ['API_KEY', 'CACHE', 'DB']
  expect(await opened(url)).toMatchObject({ word: 'first', bound })

  await secret('shop', 'real')
  expect(await deploy('shop', saying('second'))).toMatchObject({ status: 200, body: { version: 2, url } })
  expect(await said('shop')).toEqual({ word: 'second', key: 'real', bound })

  expect(await deploy('shop', saying('third'), { kv: null, r2: ['FILES'] })).toMatchObject({ body: { version: 3 } })
  expect(await said('shop')).toEqual({ word: 'third', key: 'real', bound: ['API_KEY', 'DB', 'FILES'] })
  const { result } = await account().call<{ title: string }[]>('GET', `${account().base}/storage/kv/namespaces`)
  expect(result.map(({ title }) => title)).toEqual(['shop-cache'])

  const why = await worker.fetch('/api/why?resource=script:shop', { headers: { accept: 'text/plain' } })
  const story = await why.text()
  expect(story).toMatch(/^script:shop was updated\n {2}by deploy-\S+ {2}update, root, success/)
  expect(story).toContain('[observed: flows deploy-content shop]')
  expect(story.split('\n')).toHaveLength(5)

  const shown = await call<{ versions: Record<string, unknown>[]; live_version_id: string }>('GET', '/project/shop')
  expect(shown).toMatchObject({ status: 200, body: { project: 'shop', url, secrets: ['API_KEY'] } })
  expect(shown.body.versions.map(({ number, main, files }) => [number, main, files])).toEqual([
    [3, 'index.js', 1],
    [2, 'index.js', 1],
    [1, 'index.js', 1],
  ])
  expect(shown.body.live_version_id).toBe(shown.body.versions[0]?.['version_id'])
  expect((await (await worker.server().getR2Bucket('RECORDS')).list({ prefix: 'flows/' })).objects).toEqual([])
}, 60_000)

test('who gets the traces of a script still gets them after the next content', async () => {
  await deploy('watched', saying('first'))
  const settings = `${account().base}/workers/scripts/watched/script-settings`
  const tail_consumers = [{ service: 'throughline' }]
  expect(await account().call('PATCH', settings, { tail_consumers })).toMatchObject({ status: 200 })
  expect(await deploy('watched', saying('second'))).toMatchObject({ status: 200, body: { version: 2 } })
  expect(await account().call('GET', settings)).toMatchObject({ result: { tail_consumers } })
}, 60_000)

test('files are modules and texts', async () => {
  const files = {
    'main.mjs': `import page from './pages/index.html'; import { port } from './settings.json.js'; import all from './all.json'
      export default { fetch: () => Response.json({ page, port, all }) }`,
    'pages/index.html': '<h1>Shop</h1>',
    'settings.json.js': 'export const port = 1',
    'all.json': '{ "a": [1] }',
  }
  expect(await deploy('pages', { files, main: 'main.mjs' })).toMatchObject({ status: 200 })
  expect(await said('pages')).toEqual({ page: '<h1>Shop</h1>', port: 1, all: { a: [1] } })
}, 60_000)

test('a fault is told with its place, before anything is made', async () => {
  const before = account().cloud.store.count('select count(*) from scripts')
  expect(await deploy('broken', 'export default {\n  fetch( }', { d1: ['DB'] })).toMatchObject({
    status: 400,
    body: {
      detail: 'index.js:2:10 Unexpected token.',
      errors: [{ file: 'index.js', line: 2, column: 10, detail: 'Unexpected token.' }],
    },
  })
  expect(await deploy('broken', 'export default { scheduled() {} }')).toMatchObject({ status: 400 })
  expect(await deploy('broken', `//${'x'.repeat(1_000_000)}\n${saying('a')}`)).toMatchObject({ status: 413 })
  expect(await deploy('Broken', saying('a'))).toMatchObject({ status: 400 })
  expect(await deploy('throughline', saying('a'))).toMatchObject({ status: 400 })
  expect(account().cloud.store.count('select count(*) from scripts')).toBe(before)
  expect(account().cloud.store.count('select count(*) from d1_databases where name = ?', 'broken-db')).toBe(0)
  expect(await call('GET', '/project/broken')).toMatchObject({ status: 404 })
})

test('what only Cloudflare finds out is told too, and the version before still answers', async () => {
  await deploy('careful', saying('works'), { kv: ['CACHE'] })
  const refused = await deploy('careful', `throw new Error('at its start');${saying('never')}`, { r2: ['FILES'] })
  expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining('at its start') } })
  expect(await said('careful')).toMatchObject({ word: 'works', bound: ['CACHE'] })
  expect(await call('GET', '/project/careful')).toMatchObject({ body: { versions: [{ number: 1 }] } })
  expect(account().cloud.store.count('select count(*) from r2_buckets where name = ?', 'careful-files')).toBe(0)
  // The newest version is the live one again, so that secrets can be changed.
  await secret('careful', 'later')
  const gone = await deploy('never', `throw new Error('at its start');${saying('never')}`, { kv: ['CACHE'] })
  expect(gone).toMatchObject({ status: 400 })
  expect(account().cloud.store.count('select count(*) from scripts where name = ?', 'never')).toBe(0)
  expect((await (await worker.server().getR2Bucket('RECORDS')).list({ prefix: 'flows/' })).objects).toEqual([])
}, 60_000)

test('a script that belongs to nobody here is left alone', async () => {
  await upload(account(), 'foreign', saying('foreign').replace('env.API_KEY', '1'))
  expect(await deploy('foreign', saying('mine'), { kv: ['CACHE'] })).toMatchObject({ status: 409 })
  expect(await call('POST', '/project/foreign/rollback', { version: crypto.randomUUID() })).toMatchObject({
    status: 409,
  })
  expect(await said('foreign')).toMatchObject({ word: 'foreign' })
  expect(account().cloud.store.count('select count(*) from kv_namespaces where title = ?', 'foreign-cache')).toBe(0)
})
