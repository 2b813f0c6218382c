import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { visit } from '../../localcloud/cloudflare/testing.ts'
import { startGateway } from '../gateway/gateway.ts'

const { account, worker } = startGateway({ FLOWS_RETRY_MS: '20' })

const saying = (word: string) =>
  `export default { async fetch(request, env) {
  if (env.DB) await env.DB.prepare('select 1').first()
  return Response.json({ text: '${word}', key: env.API_KEY, bound: Object.keys(env).sort() })
} }`

async function call<Body = Record<string, unknown>>(method: string, path: string, json?: unknown, headers = {}) {
  const response = await worker.fetch(path, { method, headers, ...(json === undefined ? {} : { json }) })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
}
const deploy = async (script_name: string, content: unknown, bindings?: object) =>
  call('PUT', '/flows/deploy-content', { script_name, content, ...(bindings ? { bindings } : {}) })
const said = async (name: string) => (await visit(account(), name)).json() as Promise<Record<string, unknown>>

/** Asks an address as a browser does, which knows that every name below localhost is this machine. */
async function opened(url: unknown): Promise<unknown> {
  const { port, host } = new URL(String(url))
  const answer = await new Promise<IncomingMessage>((done, fail) => {
    get({ host: '127.0.0.1', port, headers: { host } }, done).on('error', fail)
  })
  return JSON.parse(await text(answer))
}

test('content becomes a project that answers at its address, and the next content keeps what it binds', async () => {
  const first = await deploy('shop', saying('first'), { d1: ['DB'], kv: ['CACHE'], secrets: ['API_KEY'] })
  expect(first).toMatchObject({ status: 200, body: { project: 'shop', version: 1, url: expect.any(String) } })
  const { port } = new URL(account().url)
  expect(first.body['url']).toBe(`http://shop.localhost:${port}`)
  const bound = ['API_KEY', 'CACHE', 'DB']
  expect(await opened(first.body['url'])).toMatchObject({ text: 'first', bound })

  const secret = { name: 'API_KEY', text: 'real', type: 'secret_text' }
  await account().call('PUT', `${account().base}/workers/scripts/shop/secrets`, secret)
  const second = await deploy('shop', saying('second'))
  expect(second).toMatchObject({ status: 200, body: { version: 2 } })
  expect(await said('shop')).toEqual({ text: 'second', key: 'real', bound })

  const third = await deploy('shop', saying('third'), { kv: null, r2: ['FILES'] })
  expect(third).toMatchObject({ status: 200, body: { version: 3 } })
  expect(await said('shop')).toEqual({ text: 'third', key: 'real', bound: ['API_KEY', 'DB', 'FILES'] })
})
