import { uploadForm, visit } from '../../localcloud/cloudflare/testing.ts'
import { eventually } from '../../worker/testing.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const { call, upload, allowed, token, told, root } = gateway
const code = "export default { fetch: () => new Response('through') }"
const scripts = ['Workers Scripts Write']

/** Without what tests before have read: that is written a moment later. */
const toldHere = async () => (await told()).filter(({ subject }) => /^(?:kv|queue):/.test(subject))

const isUnknown = ({ subject, outcome }: { subject: string; outcome: string }) =>
  /^unknown:.*\/nothing$/.test(subject) && outcome === 'refused'

test('a client does what its policy allows, and is told what is missing for the rest', async () => {
  const shop = await allowed(scripts, ['script:shop-*'])
  expect((await upload(shop, 'PUT', 'A/workers/scripts/shop-api', uploadForm(code))).status).toBe(200)
  expect(await (await visit(gateway.account(), 'shop-api')).text()).toBe('through')
  const other = await upload(shop, 'PUT', 'A/workers/scripts/other', uploadForm(code))
  expect(other).toMatchObject({
    status: 403,
    success: false,
    errors: [
      {
        code: 10_000,
        message: 'Authentication error',
        documentation_url: 'http://throughline.test/docs#missing=the%20resource%20script%3Aother',
        error_chain: [{ message: 'No policy of this token covers script:other. Missing: the resource script:other.' }],
      },
    ],
  })
  const database = await call(shop, 'POST', 'A/d1/database', { name: 'x' })
  expect(database).toMatchObject({
    status: 403,
    errors: [{ error_chain: [{ message: expect.stringContaining('D1 Write') }] }],
  })
  expect((await gateway.account().call('GET', `${gateway.account().base}/workers/scripts/other/settings`)).status).toBe(
    404,
  )
  await gateway.account().call('DELETE', `${gateway.account().base}/workers/scripts/shop-api?force=true`)
})

test('the scopes sdk:read, sdk:* and no scope at all', async () => {
  const [reader, writer, nobody] = [await token('sdk:read'), await token('sdk:*'), await token('read')]
  expect((await call(reader, 'GET', 'A/d1/database')).status).toBe(200)
  expect((await call(reader, 'POST', 'A/d1/database', { name: 'r' })).status).toBe(403)
  const made = await call<{ uuid: string }>(writer, 'POST', 'A/d1/database', { name: 'w' })
  expect(made.status).toBe(200)
  expect((await call(writer, 'DELETE', `A/d1/database/${made.result.uuid}`)).status).toBe(200)
  expect((await call(nobody, 'GET', 'A/d1/database')).status).toBe(403)
})

test('credentials that prove nothing are refused as Cloudflare refuses them', async () => {
  const wrong = 'x'.repeat(40)
  expect(await call(wrong, 'GET', '/user/tokens/verify')).toMatchObject({ status: 401, errors: [{ code: 1000 }] })
  expect(await call(wrong, 'GET', 'A/d1/database')).toMatchObject({ status: 401, errors: [{ code: 10_000 }] })
  const bare = await gateway.worker.fetch('/client/v4/user', { token: null })
  expect([bare.status, await bare.json()]).toEqual([401, expect.objectContaining({ success: false })])
})

test('a client is told about itself, not about the account’s token', async () => {
  const client = await token('sdk:read')
  const self = await call<{ id: string }>(client, 'GET', '/user/tokens/verify')
  const upstream = await gateway.account().call<{ id: string }>('GET', '/user/tokens/verify')
  expect(self).toMatchObject({ status: 200, result: { status: 'active' } })
  expect(self.result.id).not.toBe(upstream.result.id)
  expect((await call(client, 'GET', '/user')).result).toMatchObject({ email: 'ci@client.invalid' })
  const { accountId } = gateway.account()
  expect((await call(client, 'GET', '/accounts')).result).toMatchObject([{ id: accountId }])
  expect((await call(client, 'GET', '/accounts?page=2')).result).toEqual([])
  expect((await call(client, 'GET', '/memberships?page=1')).result).toMatchObject([{ account: { id: accountId } }])
  expect((await call(client, 'GET', '/memberships?page=2')).result).toEqual([])
})

test('unknown operations, other accounts and odd names are refused before anybody is asked', async () => {
  expect(await call(root, 'GET', 'A/nothing')).toMatchObject({ status: 404, errors: [{ code: 7003 }] })
  expect(await call(root, 'PUT', 'A/d1/database')).toMatchObject({ status: 405, errors: [{ code: 7001 }] })
  expect(await call(root, 'GET', `/accounts/${'b'.repeat(32)}/d1/database`)).toMatchObject({ status: 403 })
  expect((await call(root, 'GET', 'A/workers/scripts/shop%2F..%2Fthroughline/settings')).status).toBe(404)
  expect((await eventually(told, (acts) => acts.some(isUnknown))).length).toBeGreaterThan(0)
})

test('below /sdk the account may be left out', async () => {
  const made = await call<{ id: string }>(root, 'POST', '/sdk/storage/kv/namespaces', { title: 'short' })
  expect(made).toMatchObject({ status: 200, result: { title: 'short' } })
  const value = `/sdk/storage/kv/namespaces/${made.result.id}/values/a%2Fb`
  expect((await call(root, 'PUT', value, 'plain text', { 'content-type': 'text/plain' })).status).toBe(200)
  const read = await gateway.worker.fetch(value)
  expect([read.status, await read.text()]).toEqual([200, 'plain text'])
  for (const path of ['workers/scripts', 'd1/database', 'r2/buckets', 'pages/projects', 'user/tokens'])
    expect([path, (await call(root, 'GET', `/sdk/${path}`)).status]).toEqual([path, 200])
  expect((await call(root, 'DELETE', `/sdk/storage/kv/namespaces/${made.result.id}`)).status).toBe(200)
})

test('JSON is JSON whatever type it is sent with', async () => {
  const made = await call(
    root,
    'POST',
    'A/r2/buckets',
    { name: 'typed' },
    { 'content-type': 'text/plain;charset=UTF-8' },
  )
  expect(made.status).toBe(200)
  const narrow = await allowed(['Workers R2 Storage Write'], ['r2:mine'])
  const plain = { 'content-type': 'text/plain;charset=UTF-8' }
  expect((await call(narrow, 'POST', 'A/r2/buckets', { name: 'other' }, plain)).status).toBe(403)
  expect((await call(narrow, 'POST', 'A/r2/buckets', { name: 'mine' }, plain)).status).toBe(200)
  expect((await call(narrow, 'POST', 'A/r2/buckets', undefined, plain)).status).toBe(403)
  for (const name of ['typed', 'mine']) await call(root, 'DELETE', `A/r2/buckets/${name}`)
})

test('a list shows what a policy covers, page by page to an empty one', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    const { result } = await call<{ uuid: string }>(root, 'POST', 'A/d1/database', { name: `list-${n}` })
    ids.push(result.uuid)
  }
  const seen = [ids[1], ids[4]]
  const client = await allowed(
    ['D1 Read'],
    seen.map((id) => `d1:${id}`),
  )
  const page = async (query: string) =>
    (await call<{ uuid: string }[]>(client, 'GET', `A/d1/database?${query}`)).result.map(({ uuid }) => uuid)
  expect(new Set(await page(''))).toEqual(new Set(seen))
  const pages = [await page('per_page=1&page=1'), await page('per_page=1&page=2'), await page('per_page=1&page=3')]
  expect([new Set(pages.flat()), pages.map(({ length }) => length)]).toEqual([new Set(seen), [1, 1, 0]])
  expect(await call(client, 'GET', 'A/d1/database/list-0')).toMatchObject({ status: 404, errors: [{ code: 7404 }] })
  expect((await call(client, 'GET', `A/d1/database/${ids[0]}`)).status).toBe(403)
  for (const id of ids) await call(root, 'DELETE', `A/d1/database/${id}`)
})

test('every call is in the audit, with no body and no value', async () => {
  const client = await allowed(['Workers KV Storage Write'], ['kv:*'])
  const made = await call<{ id: string }>(client, 'POST', 'A/storage/kv/namespaces', { title: 'told-secret-title' })
  await call(client, 'GET', 'A/storage/kv/namespaces')
  await call(client, 'POST', 'A/queues', { queue_name: 'q' })
  await call(root, 'DELETE', `A/storage/kv/namespaces/${made.result.id}`)
  const acts = await eventually(toldHere, (list) => list.length >= 4)
  expect(acts).toHaveLength(4)
  expect(acts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'gateway.write',
        actor: 'ci',
        subject: 'kv:*',
        outcome: 'success',
        changed: ['title'],
        detail: {
          operation: 'workers-kv-namespace-create-a-namespace',
          method: 'POST',
          status: 200,
          duration_ms: expect.any(Number),
          cloudflare_audit_id: expect.any(String),
          cloudflare_ray: expect.stringMatching(/-LCL$/),
        },
      }),
      expect.objectContaining({ action: 'gateway.read', outcome: 'success' }),
      expect.objectContaining({
        subject: 'queue:*',
        outcome: 'refused',
        detail: expect.objectContaining({ status: 403, missing: expect.stringContaining('Queues Write') }),
      }),
      expect.objectContaining({ actor: 'root', subject: `kv:${made.result.id}` }),
    ]),
  )
  expect(JSON.stringify(acts)).not.toContain('told-secret-title')
})
