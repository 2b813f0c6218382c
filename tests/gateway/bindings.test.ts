import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const { call, upload, allowed, token } = gateway
const code = 'export default { fetch: () => new Response("x") }'
const json = { 'content-type': 'application/json' }

/** A binding of each type that leads to something of somebody else. */
const escapes: readonly Readonly<Record<string, unknown>>[] = [
  { type: 'ai_search', instance_name: 'escaped' },
  { type: 'ai_search_namespace', namespace: 'escaped' },
  { type: 'analytics_engine', dataset: 'escaped' },
  { type: 'artifacts', namespace: 'escaped' },
  { type: 'd1', id: 'escaped' },
  { type: 'd1', database_id: 'escaped' },
  { type: 'dispatch_namespace', namespace: 'escaped' },
  { type: 'dispatch_namespace', namespace: 'mine', outbound: { worker: { service: 'escaped' } } },
  { type: 'durable_object_namespace', class_name: 'R', script_name: 'escaped' },
  { type: 'durable_object_namespace', namespace_id: 'escaped' },
  { type: 'durable_object_namespace', class_name: 'R', dispatch_namespace: 'escaped' },
  { type: 'flagship', app_id: 'escaped' },
  { type: 'hyperdrive', id: 'escaped' },
  { type: 'k2', stream: 'escaped' },
  { type: 'kv_namespace', namespace_id: 'escaped' },
  { type: 'logfwdr', destination: 'escaped' },
  { type: 'messaging', namespace: 'escaped' },
  { type: 'mtls_certificate', certificate_id: 'escaped' },
  { type: 'pipelines', pipeline: 'escaped' },
  { type: 'queue', queue_name: 'escaped' },
  { type: 'r2_bucket', bucket_name: 'escaped' },
  { type: 'ratelimit', namespace_id: 'escaped', simple: { limit: 1, period: 60 } },
  { type: 'secrets_store_secret', store_id: 'escaped', secret_name: 'escaped' },
  { type: 'send_email', destination_address: 'escaped' },
  { type: 'service', service: 'escaped' },
  { type: 'service', service: 'escaped', entrypoint: 'Rpc' },
  { type: 'service', service: 'shop', cross_account_grant: 'escaped' },
  { type: 'stream', id: 'escaped' },
  { type: 'vectorize', index_name: 'escaped' },
  { type: 'vpc_network', network_id: 'escaped' },
  { type: 'vpc_service', service_id: 'escaped' },
  { type: 'websearch', id: 'escaped' },
  { type: 'worker_loader', id: 'escaped' },
  { type: 'workflow', workflow_name: 'escaped', class_name: 'W' },
  { type: 'workflow', workflow_name: 'mine', script_name: 'escaped', class_name: 'W' },
]

/** What else of an upload or a version reaches others. */
const beside: readonly object[] = [
  { tail_consumers: [{ service: 'escaped' }] },
  { tail_consumers: [{ name: 'escaped' }] },
  { streaming_tail_consumers: [{ service: 'escaped' }] },
  { migrations: { new_tag: 'v1', transferred_classes: [{ from: 'A', from_script: 'escaped', to: 'A' }] } },
  { exports: { A: { type: 'transfer', from_script: 'escaped' } } },
]

/** Types that bind nothing of anybody's. */
const harmless = (
  'ai assets browser images media version_metadata inherit plain_text json secret_text secret_key text_blob data_blob ' +
  'wasm_module'
).split(' ')

const named = (binding: object) => ({ name: 'X', ...binding })
const settings = (value: object) => {
  const form = new FormData()
  form.append('settings', JSON.stringify(value))
  return form
}

/** Every way to give a script bindings, by what is sent for them. */
const ways: Readonly<Record<string, (client: string, metadata: object) => Promise<{ status: number }>>> = {
  'PUT script': (client, metadata) =>
    upload(client, 'PUT', 'A/workers/scripts/shop?bindings_inherit=strict', uploadForm(code, metadata)),
  'PUT content': (client, metadata) =>
    upload(client, 'PUT', 'A/workers/scripts/shop/content', uploadForm(code, metadata)),
  'POST versions': (client, metadata) =>
    upload(client, 'POST', 'A/workers/scripts/shop/versions', uploadForm(code, metadata)),
  'PATCH settings': (client, metadata) =>
    upload(client, 'PATCH', 'A/workers/scripts/shop/settings', settings(metadata)),
  'PUT environment': (client, metadata) =>
    upload(client, 'PUT', 'A/workers/services/shop/environments/production/content', uploadForm(code, metadata)),
  'PATCH environment settings': (client, metadata) =>
    upload(client, 'PATCH', 'A/workers/services/shop/environments/production/settings', settings(metadata)),
  'POST JSON versions': (client, metadata) =>
    call(client, 'POST', 'A/workers/workers/shop/versions?deploy=true', { modules: [], ...metadata }, json),
  'PATCH latest version': (client, metadata) =>
    call(client, 'PATCH', 'A/workers/workers/shop/versions/latest', metadata, json),
  'PUT dispatched': (client, metadata) =>
    upload(client, 'PUT', 'A/workers/dispatch/namespaces/mine/scripts/shop', uploadForm(code, metadata)),
  'PUT dispatched content': (client, metadata) =>
    upload(client, 'PUT', 'A/workers/dispatch/namespaces/mine/scripts/shop/content', uploadForm(code, metadata)),
  'PATCH dispatched settings': (client, metadata) =>
    upload(client, 'PATCH', 'A/workers/dispatch/namespaces/mine/scripts/shop/settings', settings(metadata)),
  'POST Pages deployment': (client, metadata) => {
    const bundle = `--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n${JSON.stringify(metadata)}\r\n--b--\r\n`
    const form = new FormData()
    form.append('_worker.bundle', new File([bundle], '_worker.bundle'))
    return upload(client, 'POST', 'A/pages/projects/mine/deployments', form)
  },
}

const secrets: typeof ways = {
  'PUT secret': (client, binding) => call(client, 'PUT', 'A/workers/scripts/shop/secrets', binding, json),
  'PATCH secrets': (client, binding) =>
    call(client, 'PATCH', 'A/workers/scripts/shop/secrets-bulk', { secrets: { X: binding } }, json),
  'PATCH env': (client, binding) =>
    call(client, 'PATCH', 'A/workers/workers/shop/versions/latest', { env: { X: binding } }, json),
  'PUT dispatched secret': (client, binding) =>
    call(client, 'PUT', 'A/workers/dispatch/namespaces/mine/scripts/shop/secrets', binding, json),
  'PATCH dispatched secrets': (client, binding) =>
    call(client, 'PATCH', 'A/workers/dispatch/namespaces/mine/scripts/shop/secrets-bulk', { secrets: { X: binding } }),
}

const shop = () =>
  allowed(
    ['Workers Scripts Write', 'Pages Write'],
    ['script:shop', 'pages:mine', 'dispatch:mine', 'workflow:mine', 'secrets_store:other/*'],
  )

/** What Cloudflare was asked, as the account's own log has it. */
async function wasAsked(since: number): Promise<string[]> {
  const { url, token: owner } = gateway.account()
  const response = await fetch(`${url}/_local/requests`, { headers: { authorization: `Bearer ${owner}` } })
  const { result } = (await response.json()) as { result: { at: number; method: string; path: string }[] }
  return result.filter(({ at }) => at >= since).map(({ method, path }) => `${method} ${path}`)
}

test.each(Object.entries(ways))('by %s no binding of any type escapes', async (_, way) => {
  const client = await shop()
  const since = Date.now()
  const all = [...escapes.map((one) => ({ bindings: [named(one)] })), ...beside]
  const passed = await Promise.all(all.map(async (one) => ((await way(client, one)).status === 403 ? [] : [one])))
  expect(passed.flat()).toEqual([])
  expect(await wasAsked(since)).toEqual([])
})

test.each(Object.entries(secrets))('by %s no binding of any type escapes', async (_, way) => {
  const client = await shop()
  const since = Date.now()
  const all = escapes.map(named)
  const passed = await Promise.all(all.map(async (one) => ((await way(client, one)).status === 403 ? [] : [one])))
  expect(passed.flat()).toEqual([])
  expect(await wasAsked(since)).toEqual([])
})

test('types that bind nothing of anybody’s are not refused, nor is what is the client’s', async () => {
  const client = await shop()
  const bindings = harmless.map((type, index) => ({ type, name: `X${index}` }))
  const { status } = await upload(client, 'PUT', 'A/workers/scripts/shop', uploadForm(code, { bindings }))
  // They lack what Cloudflare wants of them.
  expect(status).toBe(400)
})

test('Pages projects bind nothing outside of the policy, previews or production', async () => {
  const client = await shop()
  const bound: Readonly<Record<string, object>> = {
    ai_search: { instance_name: 'escaped' },
    analytics_engine_datasets: { dataset: 'escaped' },
    d1_databases: { id: 'escaped' },
    durable_object_namespaces: { namespace_id: 'escaped' },
    hyperdrive_bindings: { id: 'escaped' },
    kv_namespaces: { namespace_id: 'escaped' },
    mtls_certificates: { certificate_id: 'escaped' },
    queue_producers: { name: 'escaped' },
    r2_buckets: { name: 'escaped' },
    secrets_store_secrets: { store_id: 'escaped' },
    services: { service: 'escaped' },
    vectorize_bindings: { index_name: 'escaped' },
  }
  const since = Date.now()
  for (const [member, one] of Object.entries(bound)) {
    for (const stage of ['preview', 'production']) {
      const body = { deployment_configs: { [stage]: { [member]: { X: one } } } }
      const made = await call(client, 'POST', 'A/pages/projects', { name: 'mine', production_branch: 'm', ...body })
      const changed = await call(client, 'PATCH', 'A/pages/projects/mine', body)
      expect([body, made.status, changed.status]).toEqual([body, 403, 403])
    }
  }
  expect(await wasAsked(since)).toEqual([])
})

test('nobody but the owner binds the control plane, however wide a policy is', async () => {
  const clients = [await token('sdk:*'), await token('admin'), await allowed(['Workers Scripts Write'], ['*'])]
  const own = [
    { type: 'service', service: 'throughline' },
    { type: 'd1', id: 'throughline' },
    { type: 'r2_bucket', bucket_name: 'throughline-records' },
    { type: 'queue', queue_name: 'throughline-outbox' },
    { type: 'something_new', of: { bucket: 'throughline-records' } },
  ]
  for (const client of clients)
    for (const one of own)
      expect([one, (await ways['PUT script']?.(client, { bindings: [named(one)] }))?.status]).toEqual([one, 403])
})
