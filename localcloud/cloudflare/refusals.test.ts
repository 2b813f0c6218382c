import { deploy, startAccount, uploadForm, visit } from './testing.ts'
import type { Reply, TestAccount } from './testing.ts'

const fine = `export default { fetch: () => new Response('fine') }`
const steady = `export class Room { fetch() { return new Response('room') } }
export default { async fetch(request, env) {
  const rows = await env.DB.prepare('select count(*) as n from t').first('n')
  const { keys } = await env.KV.list()
  const { objects } = await env.FILES.list()
  return Response.json({ rows, keys: keys.length, objects: objects.length, secret: env.SECRET, plain: env.PLAIN })
} }`

const json = (code: string) => [
  { name: 'index.js', content_type: 'application/javascript+module', content_base64: btoa(code) },
]
const tags = (old_tag?: string) => ({
  migrations: { old_tag, new_tag: 'v3', steps: [{ deleted_classes: ['Room'] }] },
})

/** Everything that the account knows, but for who called it. */
function factsOf({ cloud: { store } }: TestAccount): object {
  const named = "select name from sqlite_schema where type = 'table' and name not in ('audit_log', 'sqlite_sequence')"
  const tables = store.rows(named).map(({ name }) => String(name))
  return Object.fromEntries(
    tables.map((table) => [table, store.rows(`select * from ${table}`).map((row) => ({ ...row, last_used_on: 0 }))]),
  )
}

describe('what is refused', () => {
  const { account } = startAccount()
  const scripts = () => `${account().base}/workers/scripts`
  const one = () => `${scripts()}/steady`
  const ask = async () => (await visit(account(), 'steady')).json() as Promise<object>
  let [database, namespace] = ['', '']

  beforeAll(async () => {
    const { base, call } = account()
    database = (await call<{ uuid: string }>('POST', `${base}/d1/database`, { name: 'db' })).result.uuid
    namespace = (await call<{ id: string }>('POST', `${base}/storage/kv/namespaces`, { title: 'kv' })).result.id
    await call('POST', `${base}/r2/buckets`, { name: 'files' })
    await call('PUT', `${base}/r2/buckets/files/objects/a`, 'object')
    await call('PUT', `${base}/storage/kv/namespaces/${namespace}/values/a`, 'value')
    await call('POST', `${base}/d1/database/${database}/query`, { sql: 'create table t (n integer primary key)' })
    const bindings = [
      { type: 'd1', name: 'DB', id: database },
      { type: 'kv_namespace', name: 'KV', namespace_id: namespace },
      { type: 'r2_bucket', name: 'FILES', bucket_name: 'files' },
      { type: 'durable_object_namespace', name: 'ROOM', class_name: 'Room' },
      { type: 'secret_text', name: 'SECRET', text: 'hidden' },
      { type: 'plain_text', name: 'PLAIN', text: 'plain' },
    ]
    const migrations = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] }
    await deploy(account(), 'steady', steady, { bindings, migrations })
    await deploy(account(), 'caller', fine, { bindings: [{ type: 'service', name: 'STEADY', service: 'steady' }] })
  })

  const call = (method: string, path: string, body?: unknown, authorization = `Bearer ${account().token}`) =>
    account().call(method, path, body, { headers: authorization === '' ? {} : { authorization } })
  const put = (metadata: object, code = steady) => call('PUT', one(), uploadForm(code, metadata))
  const query = (sql: string) => call('POST', `${account().base}/d1/database/${database}/query`, { sql })
  const kv = (path: string) => `${account().base}/storage/kv/namespaces/${namespace}${path}`

  const nothing = async (): Promise<Reply<unknown>> => {
    const response = await fetch(`${account().url}/client/v4${one()}`, { method: 'PUT', body: uploadForm(fine) })
    return { ...((await response.json()) as Reply<unknown>), status: response.status }
  }
  const bare = () => {
    const form = uploadForm(fine)
    form.delete('metadata')
    return call('PUT', one(), form)
  }
  const settings = (bindings: object[]) => {
    const form = new FormData()
    form.append('settings', JSON.stringify({ bindings }))
    return call('PATCH', `${one()}/settings`, form)
  }
  const nowhere = { type: 'd1', name: 'DB', id: '00000000-0000-0000-0000-000000000000' }
  const boom = `throw new Error('boom'); ${fine}`
  const two = [
    { key: 'good', value: 'x' },
    { key: 'k'.repeat(600), value: 'x' },
  ]
  const bulk = { GOOD: { name: 'GOOD', text: 'x', type: 'secret_text' }, PLAIN: { text: 'x', type: 'secret_text' } }

  test.each<[string, () => Promise<Reply<unknown>>, number, number]>([
    ['no token', nothing, 401, 10_000],
    ['a wrong token', () => call('PUT', one(), uploadForm(fine), `Bearer ${'0'.repeat(40)}`), 401, 10_000],
    ['a malformed token', () => call('DELETE', one(), undefined, 'Token x'), 400, 6003],
    ['an unknown account', () => call('DELETE', `/accounts/${'0'.repeat(32)}/workers/scripts/steady`), 403, 10_000],
    ['no account', () => call('DELETE', '/accounts/mine/workers/scripts/steady'), 404, 7003],
    ['an upload without metadata', bare, 400, 10_021],
    ['a main module that no part has', () => put({ main_module: 'other.js' }), 400, 10_021],
    ['an import that no part has', () => put({}, `import './gone.js'; ${steady}`), 400, 10_021],
    ['a script of 30 MB', () => put({}, `${steady}// ${'a'.repeat(30_000_000)}`), 413, 10_027],
    ['a database that is not there', () => put({ bindings: [nowhere] }), 400, 10_181],
    [
      'the same in a version',
      () => call('POST', `${one()}/versions`, uploadForm(steady, { bindings: [nowhere] })),
      400,
      10_181,
    ],
    ['the same in settings', () => settings([nowhere]), 400, 10_181],
    [
      'the same as a patch',
      () =>
        call('PATCH', `${account().base}/workers/workers/steady/versions/latest?deploy=true`, {
          env: { DB: nowhere },
        }),
      400,
      10_181,
    ],
    ['a bucket that is not empty', () => call('DELETE', `${account().base}/r2/buckets/files`), 409, 10_008],
    ['a namespace that is bound', () => call('DELETE', kv('')), 400, 10_052],
    ['a script that is bound', () => call('DELETE', one()), 400, 10_142],
    ['migrations from another tag', () => put(tags('v2'), fine), 412, 10_079],
    ['migrations from no tag', () => put(tags(), fine), 412, 10_079],
    ['a class that is left out', () => put({}, fine), 400, 10_064],
    ['a module that throws', () => put({}, boom), 400, 10_021],
    ['the same as a version', () => call('POST', `${one()}/versions`, uploadForm(boom)), 400, 10_021],
    ['the same as content', () => call('PUT', `${one()}/content`, uploadForm(boom)), 400, 10_021],
    [
      'the same as JSON',
      () =>
        call('POST', `${account().base}/workers/workers/steady/versions?deploy=true`, {
          main_module: 'index.js',
          modules: json(boom),
        }),
      400,
      10_021,
    ],
    ['a new script that throws', () => call('PUT', `${scripts()}/another`, uploadForm(boom)), 400, 10_021],
    [
      'an unknown version',
      () =>
        call('POST', `${one()}/deployments`, {
          strategy: 'percentage',
          versions: [{ version_id: crypto.randomUUID(), percentage: 100 }],
        }),
      404,
      100_146,
    ],
    [
      'a secret by the name of a variable',
      () => call('PATCH', `${one()}/secrets-bulk`, { secrets: bulk }),
      400,
      10_053,
    ],
    ['a secret that is none', () => call('PUT', `${one()}/secrets`, { name: 'X', type: 'secret_text' }), 400, 10_021],
    [
      'a key that is none',
      () => put({ bindings: [{ type: 'secret_key', name: 'K', format: 'raw', usages: ['x'] }] }),
      400,
      10_021,
    ],
    [
      'a limit that is none',
      () => put({ bindings: [{ type: 'ratelimit', name: 'L', namespace_id: '1' }] }),
      400,
      10_021,
    ],
    [
      'a cron that is none',
      () => call('PUT', `${one()}/schedules`, [{ cron: '* * * * *' }, { cron: '61 * * * *' }]),
      400,
      10_100,
    ],
    [
      'a name that is taken',
      () => call('PATCH', `${account().base}/workers/workers/caller`, { name: 'steady' }),
      409,
      10_016,
    ],
    ['a key of 600 bytes', () => call('PUT', kv(`/values/${'k'.repeat(600)}`), 'x'), 414, 10_030],
    ['the same among others', () => call('PUT', kv('/bulk'), two), 414, 10_030],
    ['a value of more than 25 MiB', () => call('PUT', kv('/values/large'), 'x'.repeat(26_214_401)), 413, 10_024],
    ['SQL that cannot be read', () => query('selec 1'), 400, 7500],
    ['SQL about no table', () => query('insert into t values (1); insert into nowhere values (1)'), 400, 7500],
    ['SQL that breaks a rule', () => query('insert into t values (1); insert into t values (1)'), 400, 7500],
    ['a database without a name', () => call('POST', `${account().base}/d1/database`, {}), 400, 7400],
    ['a name that a database has', () => call('POST', `${account().base}/d1/database`, { name: 'db' }), 400, 7502],
    [
      'a title that a namespace has',
      () => call('POST', `${account().base}/storage/kv/namespaces`, { title: 'kv' }),
      400,
      10_014,
    ],
    ['a name that a bucket has', () => call('POST', `${account().base}/r2/buckets`, { name: 'files' }), 409, 10_004],
  ])('changes nothing: %s', async (_, refused, status, code) => {
    const facts = factsOf(account())
    const reply = await refused()
    expect([reply.status, reply.errors[0]?.code]).toEqual([status, code])
    expect(reply.success).toBe(false)
    expect(factsOf(account())).toEqual(facts)
    expect(await ask()).toEqual({ rows: 0, keys: 1, objects: 1, secret: 'hidden', plain: 'plain' })
  })

  test('keeps nobody waiting: a module that throws, while others are asked', async () => {
    const run = { goesOn: true }
    const seen: number[] = []
    const client = async () => {
      while (run.goesOn) seen.push((await visit(account(), 'steady')).status)
    }
    const asking = client()
    for (let tries = 0; tries < 5; tries += 1) expect(await put({}, boom)).toMatchObject({ errors: [{ code: 10_021 }] })
    run.goesOn = false
    await asking
    expect(seen.length).toBeGreaterThan(10)
    expect(new Set(seen)).toEqual(new Set([200]))
  })
})
