import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deploy, openAccount, startAccount, visit } from '../testing.ts'

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

describe('a start', () => {
  test('leaves out what does not start, names it, and runs everything else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
    const first = await openAccount(folder)
    await deploy(first, 'good', says('good'))
    await deploy(first, 'bad', says('bad'))
    const hash = first.cloud.blobs.put(Buffer.from('throw new Error("rotten"); export default {}'))
    const broken = JSON.stringify([{ name: 'index.js', kind: 'esm', hash, size: 1 }])
    first.cloud.store.run(
      "update versions set modules = ? where script_id = (select id from scripts where name = 'bad')",
      broken,
    )
    await first.stop()
    const { error } = console
    let told = ''
    console.error = (text: string) => (told += text)
    const second = await openAccount(folder)
    console.error = error
    expect(told).toMatch(/The script bad does not start and is left out: .*rotten/s)
    expect(await (await visit(second, 'good')).text()).toBe('good')
    expect((await visit(second, 'bad')).status).toBe(503)
    await second.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
})
