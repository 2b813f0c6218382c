import { once } from 'node:events'
import { visit } from '../../localcloud/cloudflare/testing.ts'
import { eventually } from '../../worker/testing.ts'
import { Project } from '../clients/wrangler.ts'
import { startGateway } from './gateway.ts'

const code = (text: string) => `import { DurableObject } from 'cloudflare:workers'
export class Counter extends DurableObject { next() { return 1 } }
export default {
  async fetch(request, env) {
    console.log('asked for', new URL(request.url).pathname)
    return Response.json({ text: '${text}', secret: env.SECRET, kept: await env.KV.get('kept') })
  },
  scheduled() {}, queue() {},
}`

const config = {
  name: 'shop-web',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
  assets: { directory: 'public', binding: 'ASSETS' },
  triggers: { crons: ['*/5 * * * *'] },
  queues: { producers: [{ binding: 'JOBS', queue: 'shop-jobs' }], consumers: [{ queue: 'shop-jobs' }] },
  r2_buckets: [{ binding: 'FILES', bucket_name: 'shop-files' }],
}

const permissions = (
  'Workers Scripts Write,Workers Tail Read,D1 Write,Workers KV Storage Write,Queues Write,Workers R2 Storage Write,' +
  'Pages Write,Workers Routes Write'
).split(',')
const resources = ['script:shop-*', 'd1:*', 'kv:*', 'r2:shop-*', 'queue:shop-*', 'pages:shop-*']

const gateway = startGateway()
const { account, worker } = gateway
// Tokens and policies are emptied after each test: the story is one.
test('wrangler, unmodified, with a token of ours: its whole story, and no step outside of its policy', async () => {
  const client = await gateway.allowed(permissions, resources)
  const project = new Project(await gateway.through(client), {
    'index.js': code('first'),
    'public/index.html': '<h1>Shop</h1>',
    'public/a.css': 'h1 { color: teal }',
  })
  try {
    await story(project)
    expect((await visit(account(), 'shop-web')).status).toBe(404)
  } finally {
    project.remove()
  }
}, 240_000)

async function story(project: Project): Promise<void> {
  const run = async (args: string, input = '') => {
    const { code: exit, out, err } = await project.run(args.split(' '), input)
    if (exit !== 0) throw new Error(`wrangler ${args} ended with ${exit}:\n${out}\n${err}`)
    return out
  }
  const ask = async () => (await visit(account(), 'shop-web', '/say')).json() as Promise<Record<string, string>>

  const [self, made, titled, refusedBucket] = await Promise.all([
    run('whoami'),
    run('d1 create shop'),
    run('kv namespace create shop'),
    project.run(['r2', 'bucket', 'create', 'other']),
    run('r2 bucket create shop-files'),
    run('queues create shop-jobs'),
    run('pages project create shop-pages --production-branch main'),
  ])
  expect(self).toContain('ci@client.invalid')
  expect([refusedBucket.code, refusedBucket.err + refusedBucket.out]).toEqual([1, expect.stringContaining('r2:other')])
  const stores = {
    d1_databases: [{ binding: 'DB', database_name: 'shop', database_id: /[0-9a-f-]{36}/.exec(made)?.[0] }],
    kv_namespaces: [{ binding: 'KV', id: /[0-9a-f]{32}/.exec(titled)?.[0] }],
  }
  project.write({ 'wrangler.json': JSON.stringify({ ...config, ...stores }) })
  const [, , namespaces] = await Promise.all([
    run('d1 execute shop --remote -y --command select(1)'),
    run('kv key put kept something --remote --binding KV'),
    run('kv namespace list'),
  ])
  expect(namespaces).toContain('shop')

  expect(await run('deploy')).toContain('Uploaded shop-web')
  expect(await ask()).toEqual({ text: 'first', kept: 'something' })
  expect(await (await visit(account(), 'shop-web', '/a.css')).text()).toContain('teal')
  project.write({ 'index.js': code('second') })
  await run('deploy')
  await run('secret put SECRET', 'hidden\n')
  expect(await ask()).toEqual({ text: 'second', secret: 'hidden', kept: 'something' })
  const thief = { ...config, ...stores, services: [{ binding: 'CORE', service: 'throughline' }] }
  project.write({ 'thief.json': JSON.stringify(thief) })
  const [versions, deployments, other, stolen] = await Promise.all([
    run('versions list'),
    run('deployments list'),
    project.run(['deploy', '--name', 'other']),
    project.run(['deploy', '--config', 'thief.json']),
    run('pages deploy public --project-name shop-pages --branch main --commit-dirty=true'),
    tailed(project),
  ])
  expect([versions, deployments]).toEqual([expect.stringContaining('Version ID'), expect.stringContaining('100%')])
  expect([other.code, other.err + other.out]).toEqual([1, expect.stringContaining('the resource script:other')])
  expect([stolen.code, stolen.err + stolen.out]).toEqual([1, expect.stringContaining('script:throughline')])
  await run('delete --name shop-web --force')
}

/** Follows the script through the gateway, and stops. */
async function tailed(project: Project): Promise<void> {
  const tail = project.start(['tail', 'shop-web', '--format', 'json'])
  let seen = ''
  tail.stdout.on('data', (piece) => (seen += piece))
  tail.stderr.on('data', (piece) => (seen += piece))
  await eventually(
    () => Promise.resolve(account().cloud.traces.followed),
    (keys) => keys.includes('shop-web'),
    60_000,
  )
  await visit(account(), 'shop-web', '/followed')
  await eventually(
    () => Promise.resolve(seen),
    (text) => text.includes('/followed'),
    60_000,
  )
  tail.kill('SIGINT')
  await once(tail, 'close')
  expect(account().cloud.tails.list('shop-web')).toEqual([])
}

test('the account’s token is in no answer and in no record', async () => {
  const holder = await gateway.token('sdk:read')
  const said: string[] = []
  for (const path of [
    '/user',
    '/accounts',
    '/user/tokens',
    'A/d1/database',
    'A/nothing',
    'A/workers/scripts/none/settings',
  ])
    said.push(JSON.stringify(await gateway.call(holder, 'GET', path)))
  const db = await worker.db()
  const { results } = await db
    .prepare("select name from sqlite_master where type = 'table' and name not glob '_cf*'")
    .all()
  for (const { name } of results)
    said.push(
      JSON.stringify(
        await db
          .prepare(`select * from "${String(name)}"`)
          .all()
          .catch(() => null),
      ),
    )
  expect(said.join('\n')).not.toContain(account().token)
})
