import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { takeFolder } from '../../scripts/embedded/folder.ts'
import { Owner } from './owner.ts'

const { account } = startAccount()
let owner: Owner
beforeAll(async () => {
  owner = await new Owner(account()).listen()
})
afterAll(() => owner.remove())

test('what the shell lacks is named, before anybody is asked', async () => {
  const main = 'scripts/bootstrap/main.ts'
  expect(await owner.run(main, [], { CLOUDFLARE_API_TOKEN: '' })).toEqual({
    code: 1,
    output: 'CLOUDFLARE_API_TOKEN is not set: it is a token of the Cloudflare account.\n',
  })
  const other = await owner.run(main, [], { CLOUDFLARE_ACCOUNT_ID: 'other' })
  expect(other.output).toContain('CLOUDFLARE_ACCOUNT_ID is other, but cloudflare.accountId in stacks/settings.ts is ')
  const two = await owner.run(main, [], { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/client/v4' })
  expect(two.output).toBe(
    'CLOUDFLARE_API_BASE_URL and CLOUDFLARE_BASE_URL differ: both must lead to the same account.\n',
  )
  const refused = await owner.run(main, [], { CLOUDFLARE_API_TOKEN: 'x'.repeat(40) })
  expect(refused.output).toMatch(/refused GET .* with 401: .* Is CLOUDFLARE_API_TOKEN right, and may it do this\?\n$/)
  expect(owner.network.changes).toEqual([])
}, 120_000)

test('two at a time would make things twice, so the second is refused', async () => {
  const { release } = takeFolder(owner.folder)
  expect(await owner.bootstrap()).toEqual({
    code: 1,
    output: `Another bootstrap works in ${owner.folder}: wait for its end.\n`,
  })
  release()
}, 120_000)

test('a database of somebody else is not adopted, though it has the name', async () => {
  const databases = `${account().base}/d1/database`
  const { result } = await account().call<{ uuid: string }>('POST', databases, { name: 'throughline' })
  await account().call('POST', `${databases}/${result.uuid}/query`, { sql: 'create table customers (id integer)' })
  for (const args of [['--dry-run'], []]) {
    const { code, output } = await owner.bootstrap(...args)
    expect(code).toBe(1)
    expect(output).toContain(
      `(${result.uuid}) that is not Throughline's: it has customers, and none of our migrations.`,
    )
  }
  expect(owner.network.changes.filter(({ path }) => !path.endsWith('/query'))).toEqual([])
  await account().call('DELETE', `${databases}/${result.uuid}`)
}, 120_000)

/** Bootstraps as far as the first migration. */
async function asFarAsPlatform(): Promise<void> {
  const { at, output } = await owner.killedAt(({ path }) => path.endsWith('/query'), 'before')
  if (at === null) throw new Error(`It did not come to the migrations:\n${output}`)
}

test('outputs that a killed run has not written any more are written by the next', async () => {
  await asFarAsPlatform()
  const file = join(owner.folder, 'terraform.tfstate')
  const state = JSON.parse(readFileSync(file, 'utf8')) as { outputs: object }
  writeFileSync(file, JSON.stringify({ ...state, outputs: {} }))
  await asFarAsPlatform()
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ outputs: state.outputs })
}, 120_000)

test('a bootstrap deletes nothing, whatever the settings say by now', async () => {
  const file = join(owner.clone, 'stacks/settings.ts')
  const settings = readFileSync(file, 'utf8')
  writeFileSync(file, settings.replace("['throughline-apps']", '[]'))
  owner.network.changes = []
  for (const args of [['--dry-run'], []]) {
    const { code, output } = await owner.bootstrap(...args)
    expect(code).toBe(1)
    expect(output).toContain('would delete or replace cloudflare_workers_kv_namespace.kv-throughline-apps')
  }
  expect(owner.network.changes).toEqual([])
}, 120_000)

test('what is no state is neither used nor removed', async () => {
  const file = join(owner.folder, 'terraform.tfstate')
  writeFileSync(file, '{"version": 4, "ser')
  const { code, output } = await owner.bootstrap()
  expect(code).toBe(1)
  expect(output).toContain(`${file} is no Terraform state`)
  expect(readFileSync(file, 'utf8')).toBe('{"version": 4, "ser')
}, 120_000)
