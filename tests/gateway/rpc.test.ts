import { randomUUID } from 'node:crypto'
import { Miniflare } from 'miniflare'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { bundleWorker, copyAssets } from '../../scripts/embedded/bundle.ts'
import { manifest } from '../../scripts/embedded/manifest.ts'
import { migrate } from '../../scripts/embedded/migrations.ts'
import { workerOptions } from '../../scripts/embedded/options.ts'
import { eventually, root } from '../../worker/testing.ts'

/** A Worker that binds the control plane and calls it with the token that it is given. */
const caller = `export default { async fetch(request, env) {
  const { token, path, method, sent } = await request.json()
  if (method) return Response.json(await env.CONTROL[method](token, ...sent))
  const call = new Request('http://any' + path, { headers: { 'cf-connecting-ip': '192.0.2.66' } })
  try { return await env.CONTROL.cloudflare(token, call) } catch (error) { return new Response(String(error), { status: 599 }) }
} }`

const { account } = startAccount()
let mf: Miniflare

beforeAll(async () => {
  await copyAssets()
  const bindings = {
    CLIENT_AUTH_TOKEN: root,
    CLOUDFLARE_API_BASE_URL: `${account().url}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
    FLOWS_RETRY_MS: '20',
  }
  const other = {
    name: 'other',
    modules: [{ type: 'ESModule', path: 'index.js', contents: caller }],
    compatibilityDate: '2026-07-01',
    serviceBindings: { CONTROL: manifest.name },
  } as const
  mf = new Miniflare({
    cf: false,
    workers: [other, workerOptions(manifest, { script: await bundleWorker(), bindings })],
  })
  await migrate(await mf.getD1Database('DEPLOYMENT_DB', manifest.name))
})
afterAll(() => mf.dispose())

async function ask(token: string, path: string): Promise<{ status: number; text: string }> {
  const response = await mf.dispatchFetch('http://other/', { method: 'POST', body: JSON.stringify({ token, path }) })
  return { status: response.status, text: await response.text() }
}

/** Calls a flow, and again until its run has ended: the machine may be slow. */
async function done(method: string, ...sent: unknown[]): Promise<Record<string, unknown>> {
  const how = { idempotencyKey: randomUUID() }
  for (;;) {
    const answer = await flow(method, root, ...sent, how)
    if (answer['outcome'] !== 'running') return answer
  }
}

/** Calls one of the typed methods. */
async function flow(method: string, token: string, ...sent: unknown[]): Promise<Record<string, unknown>> {
  const response = await mf.dispatchFetch('http://other/', {
    method: 'POST',
    body: JSON.stringify({ token, method, sent }),
  })
  return (await response.json()) as Record<string, unknown>
}

test('another Worker has projects, each call with a token', async () => {
  const content = 'export default { fetch: (_, env) => Response.json(Object.keys(env)) }'
  const asked = { name: 'bound', bindings: { kv: ['CACHE'] } }
  expect(await done('createProject', asked)).toMatchObject({ outcome: 'done', result: { project: 'bound' } })
  const first = await done('deployContent', { script_name: 'bound', content })
  expect(first).toMatchObject({ outcome: 'done', result: { project: 'bound', version: 1 } })
  const key = { idempotencyKey: 'second', isAsync: true }
  const begun = await flow('deployContent', root, { script_name: 'bound', content: `${content}\n` }, key)
  expect(begun).toMatchObject({ outcome: 'running', run: { project: 'bound', id: expect.any(String) } })
  const { id } = begun['run'] as { id: string }
  const same = { idempotencyKey: 'second' }
  const again = async () => flow('deployContent', root, { script_name: 'bound', content: `${content}\n` }, same)
  expect(await eventually(again, ({ outcome }) => outcome !== 'running', 60_000)).toMatchObject({
    outcome: 'done',
    result: { version: 2 },
  })
  expect(await flow('flowRun', root, id)).toMatchObject({ outcome: 'done', result: { id, status: 'success' } })
  expect(await done('rollback', 'bound', { version: 1 })).toMatchObject({ result: { version: 1 } })
  const ci = { project_name: 'bound', github_repo_url: 'https://github.com/acme/shop' }
  expect(await done('setupGithubCi', ci)).toMatchObject({ result: { repository: 'acme/shop' } })
  expect(await flow('deployContent', root, { script_name: 'bound', content: '{' })).toMatchObject({
    outcome: 'refused',
    problem: { status: 400, detail: 'index.js:1:2 Unexpected token.' },
  })
  expect(await flow('deleteProject', root, '../../api/tokens')).toMatchObject({ problem: { status: 400 } })
  const lease = { name: 'ci-token', purpose: 'builds', permissions: ['D1 Read'], ttl_days: 1 }
  const leased = await flow('managedToken', root, lease)
  expect(leased).toMatchObject({ outcome: 'done', result: { name: 'ci-token', secret_name: expect.any(String) } })
  expect(await done('deleteProject', 'bound', { cleanup: true })).toMatchObject({ outcome: 'done' })
  expect(await flow('flowRun', root, 'flow-000000999')).toMatchObject({ problem: { status: 404 } })

  for (const [method, ...sent] of [
    ['createProject', asked],
    ['deployContent', { script_name: 'bound', content }],
    ['rollback', 'bound', { version: 1 }],
    ['deleteProject', 'bound'],
    ['setupGithubCi', ci],
    ['managedToken', lease],
    ['flowRun', id],
  ] as [string, ...unknown[]][]) {
    expect(await flow(method, 'x'.repeat(40), ...sent)).toMatchObject({ outcome: 'refused', problem: { status: 401 } })
    expect(await flow(method, '', ...sent)).toMatchObject({ outcome: 'refused', problem: { status: 401 } })
  }
}, 60_000)

test('another Worker calls with a token of its own, and the binding alone is no permission', async () => {
  const path = `/client/v4${account().base}/d1/database`
  expect(await ask(root, path)).toMatchObject({ status: 200, text: expect.stringContaining('"success":true') })
  expect(await ask('', path)).toMatchObject({ status: 401, text: expect.stringContaining('"code":10000') })
  expect(await ask('x'.repeat(40), path)).toMatchObject({ status: 401 })
  expect(await ask(root, '/sdk/d1/database')).toMatchObject({ status: 200 })
  expect(await ask(root, '/api/tokens')).toMatchObject({ status: 599, text: expect.stringContaining('/api/tokens') })
})
