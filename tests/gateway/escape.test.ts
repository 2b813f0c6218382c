import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const { call, upload, allowed, token, root } = gateway
const code = 'export default { fetch: () => new Response("x") }'
const json = { 'content-type': 'application/json' }
const groups = ['Workers Scripts Write', 'Queues Write', 'Pages Write', 'Workers Routes Write', 'Zone Write']

/** A search index of a bucket, and a rule that sends mail to a Worker. */
const index = (source: string) => ({ id: 'i', type: 'r2', source })
const mail = (name: string) => ({ actions: [{ type: 'worker', value: [name] }], matchers: [] })

/** What Cloudflare was asked, as the account's own log has it. */
const asked = async (since = 0) => {
  const { url, token: owner } = gateway.account()
  const response = await fetch(`${url}/_local/requests`, { headers: { authorization: `Bearer ${owner}` } })
  const { result } = (await response.json()) as { result: { at: number }[] }
  return JSON.stringify(result.filter(({ at }) => at >= since))
}

test('each way to name what is outside of a policy is refused, and Cloudflare hears nothing of it', async () => {
  const shop = await allowed(groups, ['script:shop', 'queue:mine', 'pages:mine', 'zone:*', 'workflow:*'])
  await upload(root, 'PUT', 'A/workers/scripts/shop', uploadForm(code))
  await call(root, 'POST', 'A/queues', { queue_name: 'mine' })
  const queues = await call<{ queue_id: string; queue_name: string }[]>(shop, 'GET', 'A/queues')
  expect(queues.result.map(({ queue_name: name }) => name)).toEqual(['mine'])
  const queue = queues.result[0]?.queue_id
  const binding = { name: 'X', type: 'service', service: 'other-escaped' }
  const refused = [
    ['PUT', 'A/workers/scripts/shop', uploadForm(code, { bindings: [binding] })],
    ['POST', 'A/workers/scripts/shop/versions', uploadForm(code, { bindings: [binding] })],
    ['PUT', 'A/workers/scripts/shop/content', uploadForm(code, { bindings: [binding] })],
    ['PATCH', 'A/workers/scripts/shop/settings', formOf('settings', { bindings: [binding] })],
    ['PATCH', 'A/workers/scripts/shop/script-settings', { tail_consumers: [{ service: 'other-escaped' }] }],
    ['PUT', 'A/workers/scripts/shop/secrets', { name: 'X', type: 'service', service: 'other-escaped' }],
    ['PATCH', 'A/workers/scripts/shop/secrets-bulk', { secrets: { X: binding } }],
    ['POST', 'A/workers/workers', { name: 'other-escaped' }],
    ['PATCH', 'A/workers/workers/shop', { name: 'other-escaped' }],
    ['PATCH', 'A/workers/workers/shop', { tail_consumers: [{ name: 'other-escaped' }] }],
    ['POST', 'A/workers/workers/shop/versions?deploy=true', { bindings: [binding], modules: [] }],
    ['PATCH', 'A/workers/workers/shop/versions/latest', { env: { X: binding } }],
    ['POST', '/zones/z/workers/routes', { pattern: 'a/*', script: 'other-escaped' }],
    ['PUT', 'A/workers/domains', { hostname: 'a.example', service: 'other-escaped', zone_id: 'z' }],
    ['POST', 'A/queues', { queue_name: 'other-escaped' }],
    ['POST', `A/queues/${queue}/consumers`, { type: 'worker', script_name: 'other-escaped' }],
    [
      'POST',
      `A/queues/${queue}/consumers`,
      { type: 'worker', script_name: 'shop', dead_letter_queue: 'other-escaped' },
    ],
    ['PUT', 'A/workflows/flow', { script_name: 'other-escaped', class_name: 'F' }],
    ['POST', 'A/pages/projects', { name: 'other-escaped', production_branch: 'main' }],
    [
      'POST',
      'A/pages/projects',
      { name: 'mine', deployment_configs: { production: { services: { S: { service: 'other-escaped' } } } } },
    ],
    [
      'PATCH',
      'A/pages/projects/mine',
      { deployment_configs: { preview: { something_new: { S: { of: 'other-escaped' } } } } },
    ],
  ] as const
  for (const [method, path, body] of refused) {
    const answer =
      body instanceof FormData ? await upload(shop, method, path, body) : await call(shop, method, path, body, json)
    expect([method, path, answer.status]).toEqual([method, path, 403])
  }
  expect(await asked()).not.toContain('other-escaped')
})

test('a script goes only to names of zones that its policy covers', async () => {
  const shop = await allowed(groups, ['script:shop', 'zone:mine'])
  const domain = { hostname: 'a.example', service: 'shop' }
  expect((await call(shop, 'PUT', 'A/workers/domains', domain)).status).toBe(403)
  expect((await call(shop, 'PUT', 'A/workers/domains', { ...domain, zone_id: 'other' })).status).toBe(403)
  expect((await call(shop, 'PUT', 'A/workers/scripts/shop/routes', [{ pattern: 'a.example/*' }])).status).toBe(403)
  expect((await call(shop, 'PUT', 'A/workers/scripts/shop/domains/records', { origins: [domain] })).status).toBe(403)
  expect((await call(shop, 'POST', '/zones/other/workers/routes', { pattern: 'a/*', script: 'shop' })).status).toBe(403)
  expect((await call(shop, 'PUT', 'A/workers/domains', { ...domain, zone_id: 'mine' })).status).toBe(400)
})

test('a Worker and a queue are known by their names, however they are called', async () => {
  const made = await call<{ id: string }>(root, 'POST', 'A/workers/workers', { name: 'named' })
  const named = await allowed(['Workers Scripts Write'], ['script:named'])
  const other = await allowed(['Workers Scripts Write'], ['script:other'], 'other')
  const path = `A/workers/workers/${made.result.id}`
  expect((await call(named, 'GET', path)).status).toBe(200)
  const refused = await call(other, 'GET', path)
  expect([refused.status, JSON.stringify(refused.errors)]).toEqual([403, expect.stringContaining('script:named')])
})

test('only the owner reaches what the control plane is made of', async () => {
  const writer = await token('sdk:*')
  const admin = await token('admin')
  const own = uploadForm(code, { bindings: [{ type: 'r2_bucket', name: 'R', bucket_name: 'throughline-records' }] })
  for (const client of [writer, admin]) {
    expect((await upload(client, 'PUT', 'A/workers/scripts/thief', own)).status).toBe(403)
    expect((await call(client, 'DELETE', 'A/workers/scripts/throughline')).status).toBe(403)
    expect((await call(client, 'POST', '/user/tokens', { name: 'more' })).status).toBe(403)
    expect((await call(client, 'POST', 'A/r2/buckets', { name: 'throughline-records' })).status).toBe(403)
  }
  expect((await call(root, 'POST', 'A/r2/buckets', { name: 'throughline-records' })).status).toBe(200)
})

test('what makes or hands out credentials is not part of sdk:* or sdk:read, and of no policy that does not name it', async () => {
  const [writer, reader] = [await token('sdk:*'), await token('sdk:read')]
  const narrow = await allowed(['Workers Scripts Write'], ['script:shop-*'])
  const wide = await allowed(groups, ['*'], 'wide')
  const owners = [
    ['POST', '/user/tokens'],
    ['POST', 'A/tokens'],
    ['PUT', 'A/tokens/t/value'],
    ['PUT', 'A/tokens/t'],
    ['POST', 'A/r2/temp-access-credentials'],
    ['POST', 'A/members'],
    ['POST', 'A/builds/tokens'],
    ['POST', 'A/access/service_tokens'],
    ['POST', 'A/access/apps'],
    ['POST', '/zones/z/access/apps'],
    ['POST', 'A/logpush/jobs'],
    ['POST', 'A/workers/observability/destinations'],
    ['GET', 'A/cfd_tunnel/t/token'],
    ['GET', 'A/challenges/widgets/k'],
    ['GET', 'A/images/v1/keys'],
    ['GET', 'A/logpush/jobs'],
    ['GET', '/zones/z/logpush/jobs'],
    ['GET', 'A/stream/live_inputs/i'],
    ['GET', 'A/secondary_dns/tsigs'],
  ] as const
  const since = Date.now()
  for (const client of [writer, reader, narrow, wide]) {
    for (const [method, path] of owners) {
      const { status, errors } = await call(client, method, path, method === 'GET' ? undefined : { name: 'x' })
      expect([method, path, status]).toEqual([method, path, 403])
      expect(JSON.stringify(errors)).toContain('Missing: ')
    }
  }
  expect(await asked(since)).toBe('[]')
  const tunnels = await allowed(['Cloudflare Tunnel Write'], ['account:cfd_tunnel'], 'tunnels')
  expect((await call(tunnels, 'GET', 'A/cfd_tunnel/t/token')).status).not.toBe(403)
})

test('bodies that no table describes name nothing outside of a policy either', async () => {
  const writer = await token('sdk:*')
  const shop = await allowed(['Email Routing Rules Write'], ['zone:*', 'script:shop'])
  const live = { scriptId: 'throughline' }
  expect((await call(writer, 'POST', 'A/ai-search/instances', index('throughline-records'))).status).toBe(403)
  expect((await call(writer, 'POST', 'A/ai-search/instances', index('other'))).status).not.toBe(403)
  expect((await call(writer, 'POST', 'A/workers/observability/telemetry/live-tail', live)).status).toBe(403)
  expect((await call(writer, 'POST', 'A/pipelines', { sink: { bucket: 'Throughline-Records' } })).status).toBe(403)
  expect((await call(shop, 'POST', '/zones/z/email/routing/rules', mail('shop'))).status).not.toBe(403)
  const refused = await call(shop, 'POST', '/zones/z/email/routing/rules', mail('other'), {
    'content-type': 'image/png',
  })
  expect([refused.status, JSON.stringify(refused.errors)]).toEqual([403, expect.stringContaining('script:other')])
})

test('what cannot be examined is refused, and what binds nothing is not looked into', async () => {
  const shop = await allowed(['Workers Scripts Write'], ['script:shop'])
  const odd = await call(shop, 'PUT', 'A/workers/scripts/shop', 'no form', { 'content-type': 'multipart/form-data' })
  expect(odd).toMatchObject({ status: 400, errors: [{ code: 10_021 }] })
  const typeless = await call(shop, 'PUT', 'A/workers/scripts/shop', code, { 'content-type': 'text/plain' })
  expect(typeless).toMatchObject({ status: 400, errors: [{ code: 10_001 }] })
  const disguised = { 'content-type': 'application/javascript; boundary=b' }
  expect((await call(shop, 'PUT', 'A/workers/scripts/shop', code, disguised)).status).toBe(400)
  const twice = '{"tail_consumers":[],"tail_consumers":[{"service":"other"}],"tail_consumers":[]}'
  expect((await call(shop, 'PATCH', 'A/workers/scripts/shop/script-settings', twice, json)).status).toBe(403)
})

function formOf(name: string, value: object): FormData {
  const form = new FormData()
  form.append(name, JSON.stringify(value))
  return form
}
