import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deploy, openAccount, startAccount, visit } from '../testing.ts'

const code = (text: string) => `export default { async fetch(request, env) {
  if (request.method === 'POST') await env.DB.prepare('insert into t values (2)').run()
  return new Response('${text} ' + await env.DB.prepare('select group_concat(n) as all_n from t').first('all_n'))
} }`

test('a deployed script goes with its database when that is restored, before and after it is deployed again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
  let account = await openAccount(folder)
  const { result } = await account.call<{ uuid: string }>('POST', `${account.base}/d1/database`, { name: 'past' })
  const path = `${account.base}/d1/database/${result.uuid}`
  const query = (sql: string) => account.call<{ results: unknown }[]>('POST', `${path}/query`, { sql })
  const seen = async (method = 'GET') => (await visit(account, 'reader', '/', { method })).text()
  const bindings = [{ type: 'd1', name: 'DB', id: result.uuid }]

  await query('create table t (n integer); insert into t values (1)')
  expect((await deploy(account, 'reader', code('first'), { bindings })).status).toBe(200)
  expect(await seen()).toBe('first 1')
  const { result: mark } = await account.call<{ bookmark: string }>('GET', `${path}/time_travel/bookmark`)
  expect(await seen('POST')).toBe('first 1,2')

  await account.call('POST', `${path}/time_travel/restore?bookmark=${mark.bookmark}`)
  expect(await seen()).toBe('first 1')
  expect(await seen('POST')).toBe('first 1,2')
  expect((await query('select n from t')).result).toMatchObject([{ results: [{ n: 1 }, { n: 2 }] }])
  await query('insert into t values (3)')
  expect(await seen()).toBe('first 1,2,3')

  expect((await deploy(account, 'reader', code('second'), { bindings })).status).toBe(200)
  expect(await seen()).toBe('second 1,2,3')
  await account.stop()
  account = await openAccount(folder)
  expect(await seen()).toBe('second 1,2,3')
  await account.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A moment at which nothing happens. */
async function moment(): Promise<string> {
  await pause(30)
  const at = new Date().toISOString()
  await pause(30)
  return at
}

describe('a restore to a moment', () => {
  const { account } = startAccount()
  test('gives the state at that moment, or refuses when nobody knows it', async () => {
    const path = `${account().base}/d1/database`
    const { result } = await account().call<{ uuid: string }>('POST', path, { name: 'moments' })
    const base = `${path}/${result.uuid}`
    const query = (sql: string) => account().call<{ results: unknown }[]>('POST', `${base}/query`, { sql })
    const restore = (at: string) => account().call('POST', `${base}/time_travel/restore?timestamp=${at}`)
    const marked = (at: string) => account().call('GET', `${base}/time_travel/bookmark?timestamp=${at}`)
    const refusal = { status: 400, errors: [{ code: 7500, message: expect.stringContaining('No history') }] }

    await query('create table t (n integer); insert into t values (1)')
    const one = await moment()
    await account().call('GET', `${base}/time_travel/bookmark`)
    await query('insert into t values (2)')
    const two = await moment()
    await query('insert into t values (3)')
    // Nobody asked for a bookmark between the second row and the third: the first copy is not the state then.
    expect(await restore(two)).toMatchObject(refusal)
    expect(await marked(two)).toMatchObject(refusal)
    expect((await query('select n from t')).result).toMatchObject([{ results: [{ n: 1 }, { n: 2 }, { n: 3 }] }])

    const three = await moment()
    expect(await restore(one)).toMatchObject({ status: 200 })
    expect((await query('select n from t')).result).toMatchObject([{ results: [{ n: 1 }] }])
    // The copy that the restore has taken is the state since the last change before it.
    expect(await restore(three)).toMatchObject({ status: 200 })
    expect((await query('select n from t')).result).toMatchObject([{ results: [{ n: 1 }, { n: 2 }, { n: 3 }] }])
    expect(await restore(two)).toMatchObject(refusal)
  })
})
