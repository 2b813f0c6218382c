import { Miniflare } from 'miniflare'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { bundleWorker, copyAssets } from '../../scripts/embedded/bundle.ts'
import { manifest } from '../../scripts/embedded/manifest.ts'
import { migrate } from '../../scripts/embedded/migrations.ts'
import { workerOptions } from '../../scripts/embedded/options.ts'
import { root } from '../../worker/testing.ts'

/** A Worker that binds the control plane and calls it with the token that it is given. */
const caller = `export default { async fetch(request, env) {
  const { token, path } = await request.json()
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

test('another Worker calls with a token of its own, and the binding alone is no permission', async () => {
  const path = `/client/v4${account().base}/d1/database`
  expect(await ask(root, path)).toMatchObject({ status: 200, text: expect.stringContaining('"success":true') })
  expect(await ask('', path)).toMatchObject({ status: 401, text: expect.stringContaining('"code":10000') })
  expect(await ask('x'.repeat(40), path)).toMatchObject({ status: 401 })
  expect(await ask(root, '/sdk/d1/database')).toMatchObject({ status: 200 })
  expect(await ask(root, '/api/tokens')).toMatchObject({ status: 599, text: expect.stringContaining('/api/tokens') })
})
