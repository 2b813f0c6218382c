import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Owner } from './owner.ts'

const { account } = startAccount()
let owner: Owner
beforeAll(async () => {
  owner = await new Owner(account()).listen()
})
afterAll(() => owner.remove())

const state = 'throughline/cloudflare'
const resources = [
  'cloudflare_account_token.worker-token',
  'cloudflare_d1_database.d1-throughline',
  'cloudflare_queue.queue-throughline-outbox',
  'cloudflare_queue.queue-throughline-outbox-dead',
  'cloudflare_r2_bucket.r2-throughline-records',
  'cloudflare_r2_bucket.r2-user-code',
  'cloudflare_secrets_store.secrets-store',
  'cloudflare_workers_for_platforms_dispatch_namespace.dispatch-user-apps',
  'cloudflare_workers_kv_namespace.kv-throughline-apps',
]

test('from nothing to a dashboard that lists its own resources, and a second time to the same', async () => {
  const told = await owner.bootstrapped('--dry-run')
  for (const resource of resources) expect(told).toContain(resource)
  expect(told).toMatch(/migrations: applies 0001_.*worker: deploys .*state: moves .*Nothing was changed\.\n$/s)
  expect(owner.network.changes).toEqual([])
  expect(owner.files).toEqual([])

  const made = await owner.bootstrapped()
  expect(owner.files).toEqual(['credentials.json', 'server.lock'])
  expect(statSync(join(owner.folder, 'credentials.json')).mode & 0o777).toBe(0o600)
  expect(made).not.toContain(owner.token)
  expect(await owner.ask('/api/dashboard')).toMatchObject({
    infrastructure: { total_resources: resources.length, last_deployment: { resources_created: resources.length } },
    deployments: { recent: [{ state, status: 'success' }] },
  })
  const listed = (await owner.ask(`/api/resources?state=${encodeURIComponent(state)}`)) as {
    resources: { address: string; cloud_id: string }[]
  }
  expect(listed.resources.map(({ address }) => address).toSorted()).toEqual(resources)
  const { result: databases } = await account().call<{ uuid: string }[]>('GET', `${account().base}/d1/database`)
  expect(listed.resources.map(({ cloud_id: id }) => id)).toContain(databases[0]?.uuid)

  await eventually(
    async () => owner.ask('/api/audit'),
    (seen) => JSON.stringify(seen).includes('state.write'),
  )
  const before = await owner.snapshot()
  owner.network.changes = []
  const again = await owner.bootstrapped()
  expect(again).not.toContain('▸')
  expect(owner.network.changes).toEqual([])
  expect(await owner.snapshot()).toEqual(before)
}, 300_000)

test('all stacks then keep their states on the control plane, and the platform is as declared', async () => {
  const env = {
    THROUGHLINE_URL: owner.address,
    TF_HTTP_USERNAME: 'throughline',
    TF_HTTP_PASSWORD: owner.token,
    CLOUDFLARE_BASE_URL: `${new URL(owner.address).origin}/client/v4`,
  }
  expect(await owner.run('stacks/main.ts', [], env)).toMatchObject({ code: 0 })
  const terraform = async (stack: string, ...args: string[]) => {
    const place = ['-chdir=cdktf.out/stacks/' + stack, '--', 'terraform']
    return owner.run('localcloud/terraform/main.ts', [...place, ...args, '-input=false', '-no-color'], env)
  }
  expect(await terraform('cloudflare', 'init')).toMatchObject({ code: 0 })
  expect((await terraform('cloudflare', 'plan')).output).toContain('No changes.')
  expect(await terraform('auth0', 'init')).toMatchObject({ code: 0 })
  expect((await terraform('auth0', 'apply', '-auto-approve')).output).toContain('Apply complete!')
  // D1 follows within a second.
  const states = await eventually(
    async () => owner.ask('/api/states'),
    (seen) => !JSON.stringify(seen).includes('"locked_by":"'),
  )
  expect(states).toMatchObject({ states: [{ name: 'throughline/auth0', locked_by: null }, { name: state }] })
}, 120_000)

test('the Worker is shipped anew with the same data and secrets, and its databases are up to date', async () => {
  const script = `${account().base}/workers/scripts/throughline`
  const versions = async () => (await account().call<{ items: object[] }>('GET', `${script}/versions`)).result.items
  const count = (await versions()).length
  expect(await owner.run('scripts/deploy.ts', ['--migrations'])).toEqual({ code: 0, output: '' })
  // A key of somebody else is no reason to act as them.
  const other = { CLOUDFLARE_API_KEY: 'f'.repeat(37), CLOUDFLARE_EMAIL: 'other@example.com' }
  expect(await owner.run('scripts/deploy.ts', [], other)).toMatchObject({ code: 0 })
  expect(await versions()).toHaveLength(count + 1)
  expect(await owner.ask('/api/states')).toMatchObject({ states: [{}, { name: state, serial: 10 }] })
}, 120_000)

test('another machine needs the token, and then finds everything done', async () => {
  const other = await new Owner(account()).listen()
  const main = 'scripts/bootstrap/main.ts'
  const { code, output } = await other.run(main)
  expect(code).toBe(1)
  expect(output).toContain('set CLIENT_AUTH_TOKEN to it.\n')
  const wrong = await other.run(main, [], { CLIENT_AUTH_TOKEN: 'x'.repeat(40) })
  expect(wrong.output).toContain("does not take the owner's token of this machine")
  // A server that the shell names for other work is not asked.
  const right = await other.run(main, [], { CLIENT_AUTH_TOKEN: owner.token, THROUGHLINE_URL: 'http://127.0.0.1:9' })
  expect(right).toMatchObject({ code: 0 })
  expect(right.output).not.toContain('▸')
  expect(other.network.changes).toEqual([])
  other.remove()
}, 120_000)

test('a state that is on the control plane is never overwritten, and one that is not there never removed', async () => {
  const file = join(owner.folder, 'terraform.tfstate')
  const foreign = {
    version: 4,
    terraform_version: '1.11.4',
    serial: 99,
    lineage: 'foreign',
    outputs: {},
    resources: [],
  }
  writeFileSync(file, JSON.stringify(foreign))
  owner.network.changes = []
  const { code, output } = await owner.bootstrap()
  expect(code).toBe(1)
  expect(output).toMatch(/The control plane has another state throughline\/cloudflare than .* Nothing was overwritten/)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(foreign)
  expect(owner.network.changes).toEqual([])
  rmSync(file)
}, 120_000)

test('a Worker that does not answer may have the state, so nothing is made in its place', async () => {
  const { result } = await account().call<{ uuid: string }[]>('GET', `${account().base}/d1/database`)
  const table = `${account().base}/d1/database/${result[0]?.uuid}/query`
  await account().call('POST', table, { sql: 'alter table counters rename to hidden' })
  owner.network.changes = []
  const { code, output } = await owner.bootstrap()
  expect(code).toBe(1)
  expect(output).toContain('does not answer as a control plane does')
  expect(owner.network.changes).toEqual([])
  await account().call('POST', table, { sql: 'alter table hidden rename to counters' })
}, 120_000)
