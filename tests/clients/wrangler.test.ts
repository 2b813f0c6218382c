import { once } from 'node:events'
import { eventually, startAccount, visit } from '../../localcloud/cloudflare/testing.ts'
import { Project } from './wrangler.ts'

const worker = (text: string) => `import { DurableObject } from 'cloudflare:workers'
export class Counter extends DurableObject {
  async next() { const n = ((await this.ctx.storage.get('n')) ?? 0) + 1; await this.ctx.storage.put('n', n); return n }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    console.log('asked for', pathname)
    if (pathname === '/throw') throw new Error('thrown on purpose')
    if (pathname === '/store') {
      await env.DB.batch([env.DB.prepare('create table if not exists t (n)'), env.DB.prepare('insert into t values (1)')])
      const rows = await env.DB.prepare('select count(*) as n from t').first('n')
      const kept = (await env.KV.get('kept')) ?? 'nothing'
      await env.KV.put('kept', 'something')
      await env.FILES.put('file', String(rows))
      await env.JOBS.send({ rows })
      return Response.json({ rows, kept, file: await (await env.FILES.get('file')).text() })
    }
    if (pathname === '/count') return new Response(String(await env.COUNTER.getByName('one').next()))
    return Response.json({ text: '${text}', plain: env.PLAIN, secret: env.SECRET, other: env.OTHER, version: env.VERSION.id })
  },
  async scheduled() {},
  async queue() {},
}
`

const config = {
  name: 'shop',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  vars: { PLAIN: 'plain' },
  durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
  assets: { directory: 'public', binding: 'ASSETS' },
  version_metadata: { binding: 'VERSION' },
  triggers: { crons: ['*/5 * * * *'] },
  observability: { enabled: true },
  queues: {
    producers: [{ binding: 'JOBS', queue: 'jobs' }],
    consumers: [{ queue: 'jobs', max_batch_timeout: 1 }],
  },
  r2_buckets: [{ binding: 'FILES', bucket_name: 'files' }],
}

describe('wrangler', () => {
  const { account } = startAccount()
  let project: Project
  const run = (...parts: string[]) => project.run(parts)
  const ask = async (path = '/say') => (await visit(account(), 'shop', path)).json() as Promise<Record<string, string>>

  beforeAll(async () => {
    const { base, call } = account()
    const database = await call<{ uuid: string }>('POST', `${base}/d1/database`, { name: 'shop' })
    const namespace = await call<{ id: string }>('POST', `${base}/storage/kv/namespaces`, { title: 'shop' })
    await call('POST', `${base}/r2/buckets`, { name: 'files' })
    await call('POST', `${base}/queues`, { queue_name: 'jobs' })
    const stores = {
      d1_databases: [{ binding: 'DB', database_name: 'shop', database_id: database.result.uuid }],
      kv_namespaces: [{ binding: 'KV', id: namespace.result.id }],
    }
    project = new Project(account(), {
      'index.js': worker('first'),
      'wrangler.json': JSON.stringify({ ...config, ...stores }),
      'public/index.html': '<h1>Shop</h1>',
      'public/style.css': 'h1 { color: teal }',
      'public/_headers': '/style.css\n  X-Kind: style\n',
    })
  })
  afterAll(() => project.remove())

  test('whoami', async () => {
    const { code, out } = await run('whoami')
    expect([code, out]).toEqual([0, expect.stringContaining(account().accountId)])
    const { err } = await project.run(['whoami'], '', 'cfut_00000000000000000000000000000000000000000000000')
    expect(err).toContain('1000')
  })

  test('deploy: variables, a database, a namespace, a bucket, objects, a queue, static files, crons', async () => {
    const { code, out, err } = await run('deploy')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('Uploaded shop')
    expect(out).toContain('schedule: */5 * * * *')
    expect(await ask()).toMatchObject({ text: 'first', plain: 'plain' })
    const page = await visit(account(), 'shop')
    expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html; charset=utf-8', '<h1>Shop</h1>'])
    expect((await visit(account(), 'shop', '/style.css')).headers.get('x-kind')).toBe('style')
    expect(await ask('/count')).toBe(1)
    expect(await ask('/store')).toEqual({ rows: 1, kept: 'nothing', file: '1' })
    const left = () => account().cloud.store.count('select count(*) from queue_messages')
    expect(await eventually(left, (count) => count === 0)).toBe(0)
    const { result } = await account().call('GET', `${account().base}/workers/scripts/shop/schedules`)
    expect(result).toMatchObject({ schedules: [{ cron: '*/5 * * * *' }] })
  })

  test('deploy again: the new code, the old data', async () => {
    project.write({ 'index.js': worker('second') })
    const { code, out } = await run('deploy', '--message', 'second one')
    expect([code, out]).toEqual([0, expect.stringContaining('Current Version ID')])
    expect(await ask()).toMatchObject({ text: 'second' })
    expect(await ask('/count')).toBe(2)
    expect(await ask('/store')).toEqual({ rows: 2, kept: 'something', file: '2' })
  })

  test('secret put, bulk, list and delete', async () => {
    expect((await project.run(['secret', 'put', 'SECRET'], 'hidden\n')).code).toBe(0)
    expect(await ask()).toMatchObject({ secret: 'hidden', text: 'second' })
    project.write({ 'secrets.json': JSON.stringify({ SECRET: 'changed', OTHER: 'more' }) })
    expect((await run('secret', 'bulk', 'secrets.json')).code).toBe(0)
    expect(await ask()).toMatchObject({ secret: 'changed', other: 'more' })
    const { out } = await run('secret', 'list')
    expect(JSON.parse(out)).toEqual([
      { name: 'SECRET', type: 'secret_text' },
      { name: 'OTHER', type: 'secret_text' },
    ])
    expect((await project.run(['secret', 'delete', 'OTHER'], 'y\n')).code).toBe(0)
    expect((await ask())['other']).toBeUndefined()
    expect((await run('deploy')).code).toBe(0)
    expect(await ask()).toMatchObject({ secret: 'changed' })
  })

  test('versions upload, list, view, deploy, and a split', async () => {
    project.write({ 'index.js': worker('third') })
    const { code, out } = await run('versions', 'upload', '--tag', 'three', '--message', 'the third')
    expect(code).toBe(0)
    const id = /Worker Version ID: (\S+)/.exec(out)?.[1] ?? ''
    expect(await ask()).toMatchObject({ text: 'second' })
    const list = await run('versions', 'list')
    expect(list.out).toContain(id)
    expect(list.out).toContain('the third')
    expect((await run('versions', 'view', id)).out).toContain('SECRET')
    const before = (await ask())['version'] ?? ''
    const split = await run('versions', 'deploy', `${id}@50%`, `${before}@50%`, '-y')
    expect(split.code).toBe(0)
    const texts = await eventually(
      async () => new Set((await Promise.all(Array.from({ length: 20 }, () => ask()))).map(({ text }) => text)),
      (seen) => seen.size === 2,
    )
    expect(texts).toEqual(new Set(['second', 'third']))
    expect((await run('versions', 'deploy', `${id}@100%`, '-y', '--message', 'all of it')).code).toBe(0)
    expect(await ask()).toMatchObject({ text: 'third', version: id })
  })

  test('versions secret put makes a version and deploys nothing', async () => {
    expect((await project.run(['versions', 'secret', 'put', 'OTHER'], 'later\n')).code).toBe(0)
    expect((await ask())['other']).toBeUndefined()
    const versions = `${account().base}/workers/workers/shop/versions`
    const { result } = await account().call<{ bindings: { name: string }[] }[]>('GET', versions)
    expect(result[0]?.bindings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['PLAIN', 'JOBS', 'SECRET', 'OTHER']),
    )
    const refused = await project.run(['secret', 'put', 'SECRET'], 'x\n')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("isn't currently deployed")])
  })

  test('deployments list and status, rollback', async () => {
    const list = await run('deployments', 'list')
    expect([list.code, list.out]).toEqual([0, expect.stringContaining('all of it')])
    expect((await run('deployments', 'status')).out).toContain('100%')
    const { result } = await account().call<{ items: { id: string; number: number }[] }>(
      'GET',
      `${account().base}/workers/scripts/shop/versions`,
    )
    const first = result.items.find(({ number }) => number === 1)?.id ?? ''
    const { code, out } = await run('rollback', first, '--message', 'back to the start', '-y')
    expect([code, out]).toEqual([0, expect.stringContaining(first)])
    expect(await ask()).toMatchObject({ text: 'first', version: first })
    expect(await ask('/count')).toBe(3)
  })

  test('tail: requests, logs and exceptions, as they happen', async () => {
    const tail = project.start(['tail', 'shop', '--format', 'json'])
    let seen = ''
    tail.stdout.on('data', (piece) => (seen += piece))
    await eventually(
      () => account().cloud.traces.followed,
      (keys) => keys.includes('shop'),
      20,
    )
    await visit(account(), 'shop', '/throw')
    await visit(account(), 'shop', '/say')
    await eventually(
      () => seen,
      (text) => text.includes('/throw') && text.includes('/say'),
    )
    tail.kill('SIGINT')
    await once(tail, 'close')
    const [thrown] = JSON.parse(`[${seen.trim().replaceAll('}\n{', '},{')}]`) as Record<string, unknown>[]
    expect(thrown).toMatchObject({
      scriptName: 'shop',
      outcome: 'exception',
      exceptions: [{ name: 'Error', message: 'thrown on purpose' }],
      logs: [{ message: ['asked for', '/throw'], level: 'log' }],
      event: { request: { method: 'GET', url: expect.stringContaining('/throw') } },
      eventTimestamp: expect.any(Number),
    })
    expect(account().cloud.tails.list('shop')).toEqual([])
  })

  test('a module that does not start is told as Cloudflare tells it', async () => {
    project.write({ 'index.js': `throw new Error('boom at top level')\n${worker('never')}` })
    const { code, err } = await run('deploy')
    expect([code, err]).toEqual([1, expect.stringMatching(/Uncaught Error: boom at top level[\s\S]*\[code: 10021\]/)])
    expect(await ask()).toMatchObject({ text: 'first' })
  })

  test('delete', async () => {
    const { code, out } = await run('delete', '--name', 'shop', '--force')
    expect([code, out]).toEqual([0, expect.stringContaining('Successfully deleted shop')])
    expect((await visit(account(), 'shop', '/say')).status).toBe(404)
  })
})
