import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, eventually, startAccount, uploadForm, visit } from '../../localcloud/cloudflare/testing.ts'
import { Manifest } from '../../scripts/embedded/manifest.ts'
import { serve } from '../../scripts/embedded/server.ts'
import type { Server } from '../../scripts/embedded/server.ts'
import { freePort, owner } from './server.ts'

const manifest = Manifest.parse({
  name: 'plane',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'apps' }],
})

const script = `
const seen = []
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/seen') return Response.json(seen)
    try { return await env.DISPATCHER.get(pathname.slice(1)).fetch('https://shop.example/cart?id=1', request) }
    catch (error) { return new Response(error.message, { status: 404 }) }
  },
  tail(events) {
    seen.push(...events.map(({ scriptName, outcome, logs, exceptions, eventTimestamp }) => ({ scriptName, outcome, logs, exceptions, eventTimestamp })))
  },
}`

describe('a Worker beside the local account', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-link-'))
  let server: Server
  let url: string
  const { account } = startAccount({
    onTail: (consumer, events) => server.tail(consumer, events),
  })
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const { url: address, token } = account()
    server = await serve(manifest, script, {
      host: '127.0.0.1',
      port,
      folder,
      token: owner,
      account: { url: address, token },
    })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  test('calls the scripts of its dispatch namespaces, which see what it sent', async () => {
    const namespaces = `${account().base}/workers/dispatch/namespaces`
    await account().call('POST', namespaces, { name: 'apps' })
    const tenant = `export default { async fetch(request) {
      if (request.method === 'PUT') return Response.redirect('https://elsewhere.example/', 302)
      return Response.json({ method: request.method, host: new URL(request.url).host, path: new URL(request.url).pathname,
        prefix: request.headers.get('x-forwarded-prefix'), token: request.headers.get('throughline-dispatch'), body: await request.text() })
    } }`
    expect(await account().call('PUT', `${namespaces}/apps/scripts/tenant`, uploadForm(tenant))).toMatchObject({
      status: 200,
    })
    const answer = await fetch(`${url}/tenant`, { method: 'POST', body: 'three apples' })
    expect(await answer.json()).toEqual({
      method: 'POST',
      host: 'shop.example',
      path: '/cart',
      prefix: null,
      token: null,
      body: 'three apples',
    })
    expect((await fetch(`${url}/tenant`, { method: 'PUT', redirect: 'manual' })).headers.get('location')).toBe(
      'https://elsewhere.example/',
    )
    for (const name of ['nobody', '..%2Ftenant']) {
      const missing = await fetch(`${url}/${name}`)
      expect([missing.status, await missing.text()]).toEqual([404, 'Worker not found.'])
    }
  })

  test('gets the traces of scripts that name it as their consumer', async () => {
    const producer = `export default { fetch() { console.log('one', { two: 2 }); throw new TypeError('bad') } }`
    await deploy(account(), 'producer', producer, {
      tail_consumers: [{ service: 'plane' }, { service: 'another' }],
    })
    const before = Date.now()
    await visit(account(), 'producer')
    const seen = await eventually(
      async () => (await fetch(`${url}/seen`)).json() as Promise<{ eventTimestamp: number }[]>,
      ({ length }) => length > 0,
    )
    expect(seen).toMatchObject([
      {
        scriptName: 'producer',
        outcome: 'exception',
        logs: [{ level: 'log', message: ['one', { two: 2 }] }],
        exceptions: [{ name: 'TypeError', message: 'bad' }],
      },
    ])
    expect(Math.abs(Number(seen[0]?.eventTimestamp) - before)).toBeLessThan(5_000)
  })
})
