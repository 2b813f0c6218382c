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

  expect(await run('whoami')).toContain('ci@client.invalid')
  const database = /[0-9a-f-]{36}/.exec(await run('d1 create shop'))?.[0]
  const namespace = /[0-9a-f]{32}/.exec(await run('kv namespace create shop'))?.[0]
  await run('r2 bucket create shop-files')
  await run('queues create shop-jobs')
  const stores = {
    d1_databases: [{ binding: 'DB', database_name: 'shop', database_id: database }],
    kv_namespaces: [{ binding: 'KV', id: namespace }],
  }
  project.write({ 'wrangler.json': JSON.stringify({ ...config, ...stores }) })
  await run('d1 execute shop --remote -y --command select_1'.replace('select_1', 'select(1)'))
  await run('kv key put kept something --remote --binding KV')
  expect(await run('kv namespace list')).toContain('shop')

  expect(await run('deploy')).toContain('Uploaded shop-web')
  expect(await ask()).toEqual({ text: 'first', kept: 'something' })
  expect(await (await visit(account(), 'shop-web', '/a.css')).text()).toContain('teal')
  project.write({ 'index.js': code('second') })
  await run('deploy')
  await run('secret put SECRET', 'hidden\n')
  expect(await ask()).toEqual({ text: 'second', secret: 'hidden', kept: 'something' })
  expect(await run('versions list')).toContain('Version ID')
  expect(await run('deployments list')).toContain('100%')
  await tailed(project)

  const other = await project.run(['deploy', '--name', 'other'])
  expect([other.code, other.err + other.out]).toEqual([1, expect.stringContaining('the resource script:other')])
  const thief = { ...config, ...stores, services: [{ binding: 'CORE', service: 'throughline' }] }
  project.write({ 'wrangler.json': JSON.stringify(thief) })
  const stolen = await project.run(['deploy'])
  expect([stolen.code, stolen.err + stolen.out]).toEqual([1, expect.stringContaining('script:throughline')])
  const buckets = await project.run(['r2', 'bucket', 'create', 'other'])
  expect([buckets.code, buckets.err + buckets.out]).toEqual([1, expect.stringContaining('r2:other')])

  project.write({ 'wrangler.json': JSON.stringify({ ...config, ...stores }) })
  await run('pages project create shop-pages --production-branch main')
  await run('pages deploy public --project-name shop-pages --branch main --commit-dirty=true')
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
    20_000,
  )
  await visit(account(), 'shop-web', '/followed')
  await eventually(
    () => Promise.resolve(seen),
    (text) => text.includes('/followed'),
    10_000,
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
