import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import type { Moment } from './network.ts'
import { Owner } from './owner.ts'

const { account } = startAccount()
let owner: Owner
beforeAll(async () => {
  owner = await new Owner(account()).listen()
})
afterAll(() => owner.remove())

/** Where the kills fall, in the order of the steps: `after` is when it is done and nobody was told. */
const kills: readonly (readonly [string, RegExp, Moment])[] = [
  ['a database that no state knows yet', /\/d1\/database$/, 'after'],
  ['a token whose value is lost', /\/tokens$/, 'after'],
  ['the first migration', /\/query$/, 'after'],
  ['the upload of the Worker, which has no address and no triggers then', /\/scripts\/throughline\?/, 'after'],
  ['a new version of it, which is not deployed', /\/versions\?/, 'after'],
  ['its crons', /\/schedules$/, 'before'],
  ['the consumer of its queue', /\/consumers$/, 'after'],
  ['the move of the state', /\/state\/throughline\/cloudflare$/, 'before'],
  ['the move of the state, of which the file here does not know', /\/state\/throughline\/cloudflare$/, 'after'],
]

async function names(list: string, key: string): Promise<string[]> {
  const { result } = await account().call<Record<string, unknown>[]>('GET', `${account().base}/${list}`)
  return result.map((each) => String(each[key])).toSorted((a, b) => (a < b ? -1 : 1))
}

test('a bootstrap that is killed anywhere is finished by the next', async () => {
  const said: string[] = []
  for (const [what, path, moment] of kills) {
    const { at, output } = await owner.killedAt((change) => path.test(change.path), moment)
    if (at === null) throw new Error(`It was not killed at ${what}:\n${output}`)
    said.push(output)
  }
  const secret = owner.token
  expect(owner.files).toContain('terraform.tfstate')
  const output = await owner.bootstrapped()
  expect(output).toContain('▸ state: removes ')

  expect(owner.files).toEqual(['credentials.json', 'server.lock'])
  expect(owner.token).toBe(secret)
  expect(await names('d1/database', 'name')).toEqual(['throughline'])
  expect(await names('queues', 'queue_name')).toEqual(['throughline-outbox', 'throughline-outbox-dead'])
  expect(await names('storage/kv/namespaces', 'title')).toEqual(['throughline-apps'])
  // Its value went with the run that had made it, so nobody can adopt it; who runs it is told.
  expect(await names('tokens', 'name')).toEqual(['throughline-worker', 'throughline-worker'])
  expect(said[2]).toMatch(
    /makes cloudflare_account_token.*; no state knows the token [0-9a-f]{32}, which you may delete/,
  )
  const state = await owner.ask('/api/states/throughline%2Fcloudflare')
  expect(state).toMatchObject({ version: 1, resource_count: 9, inventory: 'complete', lock: null })

  owner.network.changes = []
  expect(await owner.bootstrapped()).not.toContain('▸')
  expect(owner.network.changes).toEqual([])
}, 300_000)
