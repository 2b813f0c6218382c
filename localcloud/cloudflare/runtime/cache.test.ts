import { deploy, startAccount, visit } from '../testing.ts'

const { account } = startAccount()

test('a script has a cache of its own, which all its versions share and a new script of its name does not', async () => {
  const code = `export default { async fetch(request) {
    const name = new URL(request.url).searchParams.get('in')
    const cache = name ? await caches.open(name) : caches.default
    if (request.method === 'PUT') {
      await cache.put('http://same/key', new Response('kept', { headers: { 'cache-control': 'max-age=60' } }))
      return new Response('put')
    }
    return (await cache.match('http://same/key')) ?? new Response('nothing')
  } }`
  const seen = async (script: string, path = '/', method = 'GET') =>
    (await visit(account(), script, path, { method })).text()
  for (const name of ['cache-one', 'cache-two']) await deploy(account(), name, code)
  for (const path of ['/', '/?in=mine']) {
    await seen('cache-one', path, 'PUT')
    expect([await seen('cache-one', path), await seen('cache-two', path)]).toEqual(['kept', 'nothing'])
  }
  expect(await seen('cache-one', '/?in=other')).toBe('nothing')
  await deploy(account(), 'cache-one', `${code} // again`)
  expect(await seen('cache-one')).toBe('kept')
  await account().call('DELETE', `${account().base}/workers/scripts/cache-one`)
  await deploy(account(), 'cache-one', code)
  expect(await seen('cache-one')).toBe('nothing')
})
