import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { deploy, eventually, startAccount, visit } from '../testing.ts'
import { insertBucket, insertDatabase, insertNamespace } from './resources.ts'

const says = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) }`

const stored = (add: string) => `import { DurableObject } from 'cloudflare:workers'
  export class Counter extends DurableObject {
    async next() { const n = (await this.ctx.storage.get('n') ?? 0) + 1; await this.ctx.storage.put('n', n); return n }
  }
  export default { async fetch(request, env) {
    await env.DB.prepare('insert into t values (1)').run()
    const rows = await env.DB.prepare('select count(*) as n from t').first('n')
    const key = (Number(await env.KV.get('key')) || 0) + 1
    await env.KV.put('key', String(key))
    await env.PAIL.put('a/b', 'object ' + key)
    const object = await (await env.PAIL.get('a/b')).text()
    return Response.json({ rows, key, object, counter: await env.COUNTER.getByName('one').next(), add: '${add}' })
  } }`

/** Asks under another host name than the one that is connected to. */
async function byHost(host: string, port: string, path: string): Promise<string> {
  const call = request({ port, path, headers: { host } }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of answer) text += piece
  return text
}

describe('what is deployed', () => {
  const { account } = startAccount()

  test('answers below /workers and under its own host name', async () => {
    const echo = `export default { async fetch(request, env) {
      const { pathname, search, host } = new URL(request.url)
      const prefix = request.headers.get('x-forwarded-prefix')
      const ours = [...request.headers.keys()].filter((name) => name.startsWith('throughline'))
      return Response.json({ pathname, search, host, prefix, ours, colo: request.cf.colo, body: await request.text() })
    } }`
    expect(await deploy(account(), 'echo', echo)).toMatchObject({
      status: 200,
      result: { id: 'echo', handlers: ['fetch'] },
    })
    const below = await visit(account(), 'echo', '/a/b?c=d', {
      method: 'POST',
      body: 'x',
      headers: { 'x-forwarded-prefix': '/lie' },
    })
    const { host } = new URL(account().url)
    expect(await below.json()).toEqual({
      pathname: '/a/b',
      search: '?c=d',
      host,
      prefix: '/workers/echo',
      ours: [],
      colo: 'LCL',
      body: 'x',
    })
    const { port } = new URL(account().url)
    const named = await byHost(`echo.localhost:${port}`, port, '/a/b')
    expect(JSON.parse(named)).toMatchObject({ pathname: '/a/b', host: `echo.localhost:${port}`, prefix: null })
    expect((await visit(account(), 'nobody')).status).toBe(404)
  })

  test('is refused when its module is broken, and everything else keeps running', async () => {
    await deploy(account(), 'steady', says('one'))
    const broken = await deploy(account(), 'broken', `throw new Error('boom at top level'); export default {}`)
    expect(broken).toMatchObject({ status: 400, errors: [{ code: 10_021 }] })
    expect(broken.errors[0]?.message).toMatch(/^Uncaught Error: boom at top level/)
    const again = await deploy(account(), 'steady', `import './missing.js'; export default { fetch() {} }`)
    expect(again.errors[0]?.message).toContain('No such module "missing.js"')
    expect(await (await visit(account(), 'steady')).text()).toBe('one')
    expect((await account().call('GET', `${account().base}/workers/scripts/broken`)).status).toBe(404)
  })

  test('loses no request while it is deployed again and again', async () => {
    await deploy(account(), 'busy', says('0'))
    const run = { goesOn: true }
    const seen: number[] = []
    const client = async () => {
      while (run.goesOn) seen.push((await visit(account(), 'busy').catch(() => ({ status: 0 }))).status)
    }
    const clients = [client(), client(), client()]
    for (let number = 1; number <= 15; number += 1) {
      expect((await deploy(account(), 'busy', says(String(number)))).status).toBe(200)
    }
    run.goesOn = false
    await Promise.all(clients)
    expect(await (await visit(account(), 'busy')).text()).toBe('15')
    expect(seen.length).toBeGreaterThanOrEqual(100)
    expect(seen.filter((status) => status !== 200)).toEqual([])
  })

  test('may deploy by itself and be answered without waiting for itself', async () => {
    const code = `export default { async fetch(request, env) {
      const form = new FormData()
      form.append('metadata', JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-07-01' }))
      form.append('index.js', new File([env.CODE], 'index.js', { type: 'application/javascript+module' }))
      const init = { method: 'PUT', body: form, headers: { authorization: 'Bearer ' + env.TOKEN } }
      const { success } = await (await fetch(env.API + '/workers/scripts/child', init)).json()
      const me = await fetch(env.FRONT + '/workers/steady')
      return Response.json({ success, steady: await me.text() })
    } }`
    await deploy(account(), 'steady', says('steady'))
    const { url, base, token } = account()
    const texts = { CODE: says('child'), TOKEN: token, API: `${url}/client/v4${base}`, FRONT: url }
    const bindings = Object.entries(texts).map(([name, text]) => ({ type: 'plain_text', name, text }))
    await deploy(account(), 'parent', code, { bindings })
    const begun = Date.now()
    expect(await (await visit(account(), 'parent')).json()).toEqual({ success: true, steady: 'steady' })
    expect(Date.now() - begun).toBeLessThan(3000)
    expect(await (await visit(account(), 'child')).text()).toBe('child')
  })

  test('streams in both directions and speaks WebSocket', async () => {
    await deploy(
      account(),
      'stream',
      `export default { fetch(request) {
        if (request.headers.get('upgrade') !== 'websocket') return new Response(request.body)
        const [client, server] = Object.values(new WebSocketPair())
        server.accept()
        server.addEventListener('message', ({ data }) => server.send('echo ' + data))
        return new Response(null, { status: 101, webSocket: client })
      } }`,
    )
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const init = { method: 'POST', body: readable, duplex: 'half' } as RequestInit
    const answer = visit(account(), 'stream', '/', init)
    await writer.write(Buffer.from('first'))
    const reader = (await answer).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    await writer.write(Buffer.from('second'))
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second')
    await writer.close()
    const socket = new WebSocket(`${account().url.replace('http', 'ws')}/workers/stream`)
    const message = new Promise((done) => socket.addEventListener('message', ({ data }) => done(data)))
    socket.addEventListener('open', () => socket.send('hi'))
    expect(await message).toBe('echo hi')
    socket.close()
  })

  test('reaches its databases, namespaces, buckets and objects, and keeps what they hold', async () => {
    const { store, runtime } = account().cloud
    insertDatabase(store, '11111111-1111-1111-1111-111111111111', 'db', 0)
    insertNamespace(store, '22222222222222222222222222222222', 'kv', 0)
    insertBucket(store, 'pail', 0)
    await runtime.database('11111111-1111-1111-1111-111111111111', (db) =>
      db.prepare('create table t (n integer)').run(),
    )
    const bindings = [
      { type: 'd1', name: 'DB', id: '11111111-1111-1111-1111-111111111111' },
      { type: 'kv_namespace', name: 'KV', namespace_id: '22222222222222222222222222222222' },
      { type: 'r2_bucket', name: 'PAIL', bucket_name: 'pail' },
      { type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' },
    ]
    const migrations = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Counter'] }] }
    expect(await deploy(account(), 'data', stored('one'), { bindings, migrations })).toMatchObject({ status: 200 })
    const read = async () => (await visit(account(), 'data')).json()
    expect(await read()).toEqual({ rows: 1, key: 1, object: 'object 1', counter: 1, add: 'one' })
    expect(await deploy(account(), 'data', stored('two'), { bindings })).toMatchObject({ status: 200 })
    expect(await read()).toEqual({ rows: 2, key: 2, object: 'object 2', counter: 2, add: 'two' })
    expect(await runtime.namespace('22222222222222222222222222222222', (kv) => kv.get('key'))).toBe('2')
    expect(await runtime.bucket('pail', async (bucket) => (await bucket.head('a/b'))?.size)).toBe(8)
  })

  test('calls other scripts, also by entrypoint, and says so when they are gone', async () => {
    const callee = `import { WorkerEntrypoint } from 'cloudflare:workers'
      export class Rpc extends WorkerEntrypoint { add(a, b) { return a + b } }
      export default { fetch: () => new Response('callee') }`
    const caller = `export default { async fetch(request, env) {
      try { return Response.json([await (await env.CALLEE.fetch(request)).text(), await env.RPC.add(1, 2)]) }
      catch (error) { return new Response(error.message) }
    } }`
    const bindings = [
      { type: 'service', name: 'CALLEE', service: 'callee' },
      { type: 'service', name: 'RPC', service: 'callee', entrypoint: 'Rpc' },
    ]
    expect(await deploy(account(), 'caller', caller, { bindings })).toMatchObject({
      status: 400,
      errors: [{ code: 10_144 }],
    })
    await deploy(account(), 'callee', callee)
    expect(await deploy(account(), 'caller', caller, { bindings })).toMatchObject({ status: 200 })
    expect(await (await visit(account(), 'caller')).json()).toEqual(['callee', 3])
    const scripts = `${account().base}/workers/scripts`
    expect(await account().call('DELETE', `${scripts}/callee`)).toMatchObject({
      status: 400,
      errors: [{ code: 10_142 }],
    })
    expect(await account().call('DELETE', `${scripts}/callee?force=true`)).toMatchObject({ status: 200 })
    expect(await (await visit(account(), 'caller')).text()).toContain('does not exist')
  })

  test('gets its secrets of the store as they are now, and its crons', async () => {
    const { store } = account().cloud
    store.run("insert into secrets_stores values ('s1', 'store', 0, 0)")
    const insert = `insert into store_secrets (id, store_id, name, value, scopes, created_at, modified_at)
      values ('x', 's1', 'tok', 'first', '["workers"]', 0, 0)`
    store.run(insert)
    const bindings = [{ type: 'secrets_store_secret', name: 'TOK', store_id: 's1', secret_name: 'tok' }]
    await deploy(account(), 'secret', `export default { fetch: async (_, env) => new Response(await env.TOK.get()) }`, {
      bindings,
    })
    expect(await (await visit(account(), 'secret')).text()).toBe('first')
    store.run("update store_secrets set value = 'second'")
    expect(await (await visit(account(), 'secret')).text()).toBe('second')
  })

  test('is called for each batch of its queue, again when it fails, and what fails for good is moved', async () => {
    const { store, queues } = account().cloud
    for (const name of ['work', 'dead']) {
      store.run('insert into queues (id, name, created_at, modified_at) values (?, ?, 0, 0)', `q-${name}`, name)
    }
    insertNamespace(store, '33333333333333333333333333333333', 'seen', 0)
    const code = `export default {
      async fetch(request, env) { await env.WORK.sendBatch([{ body: { good: 1 } }, { body: { good: 0 }, contentType: 'json' }]); return new Response('sent') },
      async queue(batch, env) {
        for (const message of batch.messages) {
          await env.SEEN.put(batch.queue + ' ' + message.body.good + ' ' + message.attempts, '1')
          if (message.body.good || batch.queue === 'dead') message.ack(); else message.retry()
        }
      } }`
    const bindings = [
      { type: 'queue', name: 'WORK', queue_name: 'work' },
      { type: 'kv_namespace', name: 'SEEN', namespace_id: '33333333333333333333333333333333' },
    ]
    await deploy(account(), 'worker', code, { bindings })
    expect(await (await visit(account(), 'worker')).text()).toBe('sent')
    const settings = JSON.stringify({ batch_size: 10, max_wait_time_ms: 50, max_retries: 1 })
    const add = `insert into queue_consumers (id, queue_id, type, script, settings, dead_letter_queue, created_at)
      values (?, ?, 'worker', 'worker', ?, ?, 0)`
    store.run(add, 'c1', 'q-work', settings, 'dead')
    store.run(add, 'c2', 'q-dead', settings, null)
    // What was sent before a change of the runtime is delivered after it.
    await account().cloud.runtime.apply()
    queues.wakeAll()
    await eventually(
      () => store.count('select count(*) from queue_messages'),
      (left) => left === 0,
    )
    const seen = await account().cloud.runtime.namespace('33333333333333333333333333333333', (kv) => kv.list())
    expect(seen.keys.map(({ name }) => name)).toEqual(['dead 0 1', 'work 0 1', 'work 0 2', 'work 1 1'])
  })
})
