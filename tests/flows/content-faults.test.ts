import { visit } from '../../localcloud/cloudflare/testing.ts'
import { faults, Network } from './network.ts'
import type { Fault } from './network.ts'
import { saying, startProjects } from './project.ts'

const network = new Network(() => account().url)
beforeAll(async () => network.listen())
const { account, worker, call, deploy, said, secret, remove, inventory } = startProjects(() => ({
  CLOUDFLARE_API_BASE_URL: `${network.url}/client/v4`,
  CLOUDFLARE_TIMEOUT_MS: '1500',
  FLOWS_RETRY_MS: '2',
}))
afterAll(async () => network.stop())
afterEach(() => {
  network.plan = () => null
})

const setup = async () =>
  call('POST', '/setup-github-ci', { project_name: 'site', github_repo_url: 'https://github.com/acme/site' })
const kept = async () => (await (await worker.server().getR2Bucket('RECORDS')).list({ prefix: 'flows/' })).objects

/** Each different call fails once; one that hangs costs time, so of these only those that change something do. */
function once(fault: Fault): (made: string) => Fault | null {
  const struck = new Set<string>()
  return (made) => {
    if (struck.has(made) || (fault === 'hang' && made.startsWith('GET'))) return null
    struck.add(made)
    return fault
  }
}

test.each(faults)(
  'every call of deploying, going back and linking fails once: %s',
  async (fault) => {
    network.plan = once(fault)
    expect(await deploy('shop', saying('first'), { kv: ['CACHE'] })).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    network.plan = once(fault)
    expect(await deploy('shop', saying('second'))).toMatchObject({ status: 200, body: { version: 2 } })
    expect(await said('shop')).toMatchObject({ word: 'second', bound: ['CACHE'] })
    network.plan = once(fault)
    expect(await call('POST', '/project/shop/rollback', { version: 1 })).toMatchObject({ status: 200 })
    expect(await said('shop')).toMatchObject({ word: 'first' })
    network.plan = once(fault)
    expect(await setup()).toMatchObject({ status: 200, body: { project: 'site' } })
    expect(await kept()).toEqual([])
    network.plan = () => null
    // Two versions beside the one that was there for its code: nothing was uploaded twice.
    const { base, call: ask } = account()
    const versions = await ask<{ items: object[] }>('GET', `${base}/workers/scripts/shop/versions`)
    expect(versions.result.items).toHaveLength(3)
    await ask('DELETE', `${base}/pages/projects/site`)
    expect((await remove('shop', '?cleanup')).status).toBe(200)
    expect(await inventory()).toEqual([])
  },
  120_000,
)

/** A change that is done and never answered, and then the look at it, which fails until the step is given up. */
function lost(change: string, look: string): (made: string) => Fault | null {
  let left = 0
  return (made) => {
    if (made === change) {
      left = 5
      return 'cut'
    }
    return made === look && left-- > 0 ? '500 before' : null
  }
}

const versions = '/workers/scripts/shop/versions'
const deployments = '/workers/scripts/shop/deployments'
test.each([
  ['an upload', lost(`POST ${versions}`, `GET ${versions}`)],
  ['a deployment', lost(`POST ${deployments}`, `GET ${deployments}`)],
  ['a deployment that never is', (made: string) => (made === `POST ${deployments}` ? '500 before' : null)],
] as const)(
  '%s that cannot be seen through: the version before answers, with what it bound, and nothing is left',
  async (_, plan) => {
    await deploy('shop', saying('works'), { kv: ['CACHE'] })
    const before = await inventory()
    const [version] = (await call<{ versions: object[] }>('GET', '/project/shop')).body.versions
    network.plan = plan
    expect(await deploy('shop', saying('lost'), { r2: ['FILES'] })).toMatchObject({ status: 502 })
    network.plan = () => null
    expect(await said('shop')).toMatchObject({ word: 'works', bound: ['CACHE'] })
    expect(await inventory()).toEqual(before)
    expect(await kept()).toEqual([])
    expect((await call('GET', '/project/shop')).body).toMatchObject({ versions: [version] })
    await secret('shop', 'changes')
    await remove('shop', '?cleanup')
  },
  120_000,
)

test('a project that was not there is gone again when its code cannot be put to work', async () => {
  network.plan = (made) => (made === 'POST /workers/scripts/shop/deployments' ? '500 before' : null)
  expect(await deploy('shop', saying('never'), { kv: ['CACHE'] })).toMatchObject({ status: 502 })
  expect(await inventory()).toEqual([])
  expect(await kept()).toEqual([])
  expect((await visit(account(), 'shop')).status).toBe(404)
}, 60_000)

test('a Pages project whose making was never answered is taken away again', async () => {
  network.plan = lost('POST /pages/projects', 'GET /pages/projects/site')
  expect(await setup()).toMatchObject({ status: 502 })
  network.plan = () => null
  expect((await account().call('GET', `${account().base}/pages/projects/site`)).status).toBe(404)
}, 60_000)
