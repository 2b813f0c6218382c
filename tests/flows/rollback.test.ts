import { saying, startProjects } from './project.ts'

const { call, deploy, said, secret } = startProjects()
const rollback = async (body: object) => call('POST', '/project/shop/rollback', body)

test('back to any version, with what it bound; other secrets only when that is meant', async () => {
  const first = await deploy('shop', saying('first'), { kv: ['CACHE'], secrets: ['API_KEY'] })
  await deploy('shop', saying('second'), { r2: ['FILES'] })
  const placeholder = (await said('shop'))['key']
  expect(await rollback({ version: 1 })).toMatchObject({
    status: 200,
    body: { project: 'shop', version: 1, version_id: first.body['version_id'], url: expect.any(String) },
  })
  expect(await said('shop')).toEqual({ word: 'first', key: placeholder, bound: ['API_KEY', 'CACHE'] })
  expect(await rollback({ version: first.body['version_id'] })).toMatchObject({ status: 200, body: { version: 1 } })

  // What comes next is built upon the newest version, not upon the one that was gone back to.
  expect(await deploy('shop', saying('third'))).toMatchObject({ body: { version: 3 } })
  expect(await said('shop')).toMatchObject({ word: 'third', bound: ['API_KEY', 'CACHE', 'FILES'] })

  await secret('shop', 'real')
  const refused = await rollback({ version: 2 })
  expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('"force": true') } })
  expect(await said('shop')).toMatchObject({ word: 'third', key: 'real' })
  expect(await rollback({ version: 2, force: true })).toMatchObject({ status: 200 })
  expect(await said('shop')).toMatchObject({ word: 'second', key: placeholder })

  expect(await rollback({ version: 9 })).toMatchObject({ status: 404 })
  expect(await rollback({ version: crypto.randomUUID() })).toMatchObject({ status: 404 })
  expect(await rollback({ version: 'x' })).toMatchObject({ status: 400 })
  expect(await rollback({})).toMatchObject({ status: 400 })
  expect(await call('POST', '/project/nothing/rollback', { version: crypto.randomUUID() })).toMatchObject({
    status: 404,
  })
}, 60_000)
