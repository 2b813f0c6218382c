import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { groups } from '../permissions/groups.ts'
import { deploy, startAccount, visit } from '../testing.ts'

const { account } = startAccount()
const idOf = (name: string) => groups.find((group) => group.name === name)?.id ?? ''

async function tokenWith(group: string, more: object = {}): Promise<Record<string, string>> {
  const resources = { [`com.cloudflare.api.account.${account().accountId}`]: '*' }
  const policies = [{ effect: 'allow', resources, permission_groups: [{ id: idOf(group) }] }]
  const body = { name: group, policies, ...more }
  const { result } = await account().call<{ value: string }>('POST', `${account().base}/tokens`, body)
  return { authorization: `Bearer ${result.value}` }
}

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)

/** Asks with a `Host` of one's choice, which `fetch` does not send. */
async function askAs(host: string, path: string): Promise<IncomingMessage> {
  const headers = { host, authorization: `Bearer ${account().token}` }
  return new Promise((done, fail) => {
    const asked = request(`${account().url}${path}`, { headers }, (response) => {
      response.resume()
      done(response)
    })
    asked.once('error', fail).end()
  })
}

describe('a caller’s address', () => {
  test('is the socket’s, whatever a header says', async () => {
    const limited = await tokenWith('D1 Read', { condition: { request_ip: { in: ['203.0.113.7'] } } })
    const headers = { ...limited, 'cf-connecting-ip': '203.0.113.7' }
    expect(await account().call('GET', `${account().base}/d1/database`, undefined, { headers })).toMatchObject({
      status: 403,
      errors: [{ code: 9109, message: expect.stringContaining('127.0.0.1') }],
    })
  })

  test('is what the audit log tells', async () => {
    const headers = { 'cf-connecting-ip': '203.0.113.7' }
    await account().call('POST', `${account().base}/storage/kv/namespaces`, { title: 'where' }, { headers })
    const log = `${account().base}/logs/audit?since=${day(-1)}&before=${day(1)}`
    const { result } = await account().call<{ actor: { ip_address: string } }[]>('GET', log)
    expect(new Set(result.map(({ actor }) => actor.ip_address))).toEqual(new Set(['127.0.0.1']))
  })
})

test('a page of the web cannot reach the account by a name of its own', async () => {
  for (const path of ['/client/v4/accounts', '/_local/requests']) {
    for (const host of ['rebind.evil.example', 'rebind.evil.example:8788', 'localhost.evil.example', '192.0.2.1'])
      expect(await askAs(host, path)).toMatchObject({ statusCode: 403 })
    for (const host of ['127.0.0.1', 'localhost:8788', '[::1]:8788', '127.1.2.3'])
      expect(await askAs(host, path)).toMatchObject({ statusCode: 200 })
  }
})

test('a script below a path gets no say over the pages of others, one with a name of its own does', async () => {
  const code = `export default { fetch: () => new Response('', { headers: { 'service-worker-allowed': '/', 'x-own': '1' } }) }`
  await deploy(account(), 'greedy', code)
  const below = await visit(account(), 'greedy')
  expect([below.headers.get('service-worker-allowed'), below.headers.get('x-own')]).toEqual([null, '1'])
  const { headers } = await askAs('greedy.localhost', '/')
  expect(headers).toMatchObject({ 'service-worker-allowed': '/', 'x-own': '1' })
})

test('a token that may only read a database cannot write through a query', async () => {
  const { result } = await account().call<{ uuid: string }>('POST', `${account().base}/d1/database`, { name: 'read' })
  const path = `${account().base}/d1/database/${result.uuid}`
  const headers = await tokenWith('D1 Read')
  const ask = (sql: string, params: unknown[] = [], way = 'query') =>
    account().call<{ results: unknown }[]>('POST', `${path}/${way}`, { sql, params }, { headers })
  await account().call('POST', `${path}/query`, { sql: 'create table t (a); create virtual table f using fts5 (a)' })
  for (const sql of [
    'insert into t values (1)',
    'select 1; delete from t',
    'with x as (select 1) insert into t select * from x returning a',
    '/* select */ drop table t',
    'create table u (a)',
    "insert into f values ('word')",
    'explain select 1; insert into t values (1)',
  ])
    for (const way of ['query', 'raw'])
      expect([sql, await ask(sql, [], way)]).toMatchObject([sql, { status: 403, errors: [{ code: 10_000 }] }])
  expect(await ask('insert into t values (?)', [1])).toMatchObject({ status: 403 })
  expect(await ask('select ? as n', [7])).toMatchObject({ status: 200, result: [{ results: [{ n: 7 }] }] })
  const reads = await ask('select count(*) as n from t; pragma table_info(t); explain query plan select * from t')
  expect(reads).toMatchObject({ status: 200, result: [{ results: [{ n: 0 }] }, {}, {}] })
  expect(await ask('select * from nothing')).toMatchObject({ status: 400, errors: [{ code: 7500 }] })
})

test('experimental flags are refused, however they come', async () => {
  const code = 'export default { fetch() {} }'
  const refusal = { status: 400, errors: [{ code: 10_021, message: expect.stringContaining('experimental') }] }
  const flags = { compatibility_flags: ['experimental', 'unsafe_module'] }
  expect(await deploy(account(), 'flagged', code, flags)).toMatchObject(refusal)
  expect(await deploy(account(), 'flagged', code, { compatibility_flags: ['nodejs_compat'] })).toMatchObject({
    status: 200,
  })
  const form = new FormData()
  form.append('settings', JSON.stringify(flags))
  const settings = `${account().base}/workers/scripts/flagged/settings`
  expect(await account().call('PATCH', settings, form)).toMatchObject(refusal)
})
