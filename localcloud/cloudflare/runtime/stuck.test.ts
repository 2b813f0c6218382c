import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deploy, eventually, openAccount, startAccount, visit } from '../testing.ts'
import type { TestAccount } from '../testing.ts'

const says = `export default { fetch: () => new Response('fine') }`
const { error } = console
let told = ''
beforeEach(() => {
  told = ''
  console.error = (...parts: unknown[]) => (told += `${parts.join(' ')}\n`)
})
afterEach(() => {
  console.error = error
})

const statusOf = (account: TestAccount, name: string, path = '/') =>
  visit(account, name, path).then(
    ({ status }) => status,
    () => 0,
  )

describe('an alarm that never yields', () => {
  const { account } = startAccount()
  const loops = `import { DurableObject } from 'cloudflare:workers'
    export class Clock extends DurableObject {
      async fetch() { await this.ctx.storage.setAlarm(Date.now() + 1500); return new Response('set') }
      alarm() { for (;;) {} }
    }
    export default { fetch: (request, env) => env.CLOCK.get(env.CLOCK.idFromName('x')).fetch(request) }`

  test('is found out, and others are asked in vain for less than ten seconds', async () => {
    const metadata = {
      bindings: [{ type: 'durable_object_namespace', name: 'CLOCK', class_name: 'Clock' }],
      migrations: { new_tag: 'v1', new_sqlite_classes: ['Clock'] },
    }
    await deploy(account(), 'alarming', loops, metadata)
    for (const name of ['one', 'two']) await deploy(account(), name, says)
    expect(await statusOf(account(), 'alarming')).toBe(200)
    await pause(1700)
    const last = { one: Date.now(), two: Date.now() }
    const longest = { one: 0, two: 0 }
    const watch = async (name: 'one' | 'two') => {
      if ((await statusOf(account(), name)) === 200) last[name] = Date.now()
      longest[name] = Math.max(longest[name], Date.now() - last[name])
      await pause(100)
    }
    // An alarm that was interrupted comes again at once, or after 30 s; nobody is stopped in between.
    const begun = Date.now()
    while (Date.now() - begun < 50_000 && !told.includes('goes on without: alarming.')) {
      await Promise.all([watch('one'), watch('two')])
    }
    expect(told).toMatch(/goes on without: alarming\./)
    expect(await statusOf(account(), 'one')).toBe(200)
    expect(await statusOf(account(), 'two')).toBe(200)
    expect(await statusOf(account(), 'alarming')).toBe(503)
    expect(Math.max(longest.one, longest.two)).toBeLessThan(10_000)
  }, 90_000)
})

describe('while the runtime is stuck', () => {
  const { account } = startAccount()

  test('requests for others wait for the next one', async () => {
    await deploy(account(), 'spins', `export default { fetch() { for (;;) {} } }`)
    await deploy(account(), 'other', says)
    void statusOf(account(), 'spins')
    await pause(100)
    const begun = Date.now()
    expect(await Promise.all([1, 2, 3].map(() => statusOf(account(), 'other')))).toEqual([200, 200, 200])
    expect(Date.now() - begun).toBeLessThan(10_000)
  }, 30_000)

  test('with a query of the API, the query is ended and nobody is kept out', async () => {
    await deploy(account(), 'other', says)
    const { result } = await account().call<{ uuid: string }>('POST', `${account().base}/d1/database`, {
      name: 'endless',
    })
    const sql = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
    const asked = account().call('POST', `${account().base}/d1/database/${result.uuid}/query`, { sql })
    await pause(1000)
    expect(
      await eventually(
        () => statusOf(account(), 'other'),
        (status) => status === 200,
        10,
      ),
    ).toBe(200)
    expect(await asked).toMatchObject({ status: 400, errors: [{ code: 7500 }] })
    expect(told).toMatch(/working for the account itself/)
  }, 40_000)
})

test('an account whose runtime is stuck stops at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-stuck-'))
  const account = await openAccount(folder)
  await deploy(account, 'spins', `export default { fetch() { for (;;) {} } }`)
  void statusOf(account, 'spins')
  await pause(800)
  const begun = Date.now()
  await account.stop()
  expect(Date.now() - begun).toBeLessThan(3000)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}, 30_000)
