import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deploy, openAccount, startAccount, uploadForm, visit } from '../testing.ts'
import type { TestAccount } from '../testing.ts'

const says = (text: string) => `export default { fetch: () => new Response('${text}') }`

describe('a change of the runtime', () => {
  const { account } = startAccount()

  test('that does not come up is taken back whole', async () => {
    await deploy(account(), 'shop', says('good'))
    const { store, runtime, blobs } = account().cloud
    const before = store.rows('select modules from versions')
    const hash = blobs.put(Buffer.from('throw new Error("only here"); export default {}'))
    const broken = JSON.stringify([{ name: 'index.js', kind: 'esm', hash, size: 1 }])
    store.run('update versions set modules = ?', broken)
    const undo = () => void store.run('update versions set modules = ?', String(before[0]?.['modules']))
    await expect(runtime.apply(undo)).rejects.toThrow('only here')
    expect(await (await visit(account(), 'shop')).text()).toBe('good')
  })

  test('may be asked for at once by many who deploy the same script', async () => {
    const texts = ['one', 'two', 'three', 'four', 'five']
    const replies = await Promise.all(texts.map((text) => deploy(account(), 'many', says(text))))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const path = `${account().base}/workers/scripts/many`
    const { result } = await account().call<{ items: { id: string; number: number }[] }>('GET', `${path}/versions`)
    expect(result.items.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1])
    const active = await account().call('GET', `${path}/deployments`)
    expect(active.result).toMatchObject({
      deployments: [{ versions: [{ version_id: result.items[0]?.id }] }, {}, {}, {}, {}],
    })
    const newest = replies.findIndex(
      ({ result: told }) => told['deployment_id'] === result.items[0]?.id.replaceAll('-', ''),
    )
    expect(await (await visit(account(), 'many')).text()).toBe(texts[newest])
  })

  test('that fails takes back what was built upon it, and says so', async () => {
    await deploy(account(), 'base', says('good'))
    await deploy(account(), 'rotten', says('rotten'))
    const { store, blobs } = account().cloud
    const hash = blobs.put(Buffer.from('throw new Error("only here"); export default {}'))
    const broken = JSON.stringify([{ name: 'index.js', kind: 'esm', hash, size: 1 }])
    store.run(
      "update versions set modules = ? where script_id = (select id from scripts where name = 'rotten')",
      broken,
    )
    const { error } = console
    console.error = () => {}
    const texts = ['a', 'b', 'c']
    const replies = await Promise.all(texts.map((text) => deploy(account(), 'base', says(text))))
    console.error = error
    expect(replies.filter(({ status }) => status !== 200)).not.toEqual([])
    const live = texts.filter((_, index) => replies[index]?.status === 200).at(-1) ?? 'good'
    expect(await (await visit(account(), 'base')).text()).toBe(live)
    const path = `${account().base}/workers/scripts/base/versions`
    const { result } = await account().call<{ items: object[] }>('GET', path)
    expect(result.items).toHaveLength(1 + replies.filter(({ status }) => status === 200).length)
  })

  test('lets a running request end, and cuts it off after five seconds', async () => {
    const slow = `export default { async fetch(request) {
      await new Promise((done) => setTimeout(done, Number(new URL(request.url).search.slice(1))))
      return new Response('slow')
    } }`
    await deploy(account(), 'slow', slow)
    const short = visit(account(), 'slow', '/?1000')
    await pause(50)
    await deploy(account(), 'shop', says('better'))
    expect(await (await short).text()).toBe('slow')
    const long = visit(account(), 'slow', '/?60000')
    await pause(50)
    const begun = Date.now()
    await deploy(account(), 'shop', says('best'))
    expect(Date.now() - begun).toBeLessThan(8000)
    expect((await long).status).toBe(502)
  }, 40_000)
})

const moduleOf = (account: TestAccount) => {
  const hash = account.cloud.blobs.put(Buffer.from('throw new Error("rotten"); export default {}'))
  return JSON.stringify([{ name: 'index.js', kind: 'esm', hash, size: 1 }])
}
const limit = JSON.stringify([{ type: 'ratelimit', name: 'LIMIT', namespace_id: 1, simple: { limit: 1, period: 60 } }])
const rot = (account: TestAccount, column: string, value: string) =>
  account.cloud.store.run(
    `update versions set ${column} = ? where script_id = (select id from scripts where name = 'bad')
      and number = (select max(number) from versions v where v.script_id = versions.script_id)`,
    value,
  )

/** The newest version gets a part of the requests. */
const split = async (account: TestAccount) => {
  const path = `${account.base}/workers/scripts/bad`
  await account.call('POST', `${path}/versions`, uploadForm(says('minor')))
  const { result } = await account.call<{ items: { id: string }[] }>('GET', `${path}/versions`)
  const versions = result.items.map(({ id }, index) => ({ version_id: id, percentage: index === 0 ? 10 : 90 }))
  await account.call('POST', `${path}/deployments`, { strategy: 'percentage', versions })
  rot(account, 'modules', moduleOf(account))
}

describe('a start', () => {
  test.each<[string, RegExp, (account: TestAccount) => unknown]>([
    ['a module', /rotten/, (account) => rot(account, 'modules', moduleOf(account))],
    ['a binding', /refers to a service/, (account) => rot(account, 'bindings', limit)],
    ['a second version', /rotten/, split],
  ])('leaves out a script for %s, names it, and runs everything else', async (_, words, spoil) => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
    const first = await openAccount(folder)
    await deploy(first, 'good', says('good'))
    await deploy(first, 'bad', says('bad'))
    await spoil(first)
    await first.stop()
    const { error } = console
    let told = ''
    console.error = (text: string) => (told += text)
    const second = await openAccount(folder)
    console.error = error
    expect(told).toContain('The script bad does not start and is left out')
    expect(told).toMatch(words)
    expect(await (await visit(second, 'good')).text()).toBe('good')
    expect((await visit(second, 'bad')).status).toBe(503)
    await second.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
})
