import { eventually, startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Killable } from './killable.ts'
import { asked, expectedFrom, heldBy, leaseKey } from './lending.ts'
import type { Lease } from './lending.ts'
import { Wire } from './wire.ts'
import type { Moment } from './wire.ts'

const { account } = startAccount()
const wire = new Wire(() => account().url)
let server: Killable
beforeAll(async () => {
  server = new Killable({
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${await wire.listen()}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
    LEASE_KEY: leaseKey,
  })
  await server.start()
}, 120_000)
afterAll(async () => {
  wire.stop()
  await server.remove()
})

const secrets = '/secrets_store/stores/{}/secrets'
const moments: readonly Moment[] = ['before', 'after']
/** Every call that changes something, and what makes it. */
const steps = [
  ['POST /tokens', 'create'],
  [`POST ${secrets}`, 'create'],
  ['PUT /tokens/{}/value', 'roll'],
  [`PATCH ${secrets}/{}`, 'roll'],
  ['DELETE /tokens/{}', 'revoke'],
  [`DELETE ${secrets}/{}`, 'revoke'],
  ['PUT /tokens/{}', 'renew'],
] as const
const points = steps.flatMap(([call, what]) => moments.map((moment) => ({ call, what, moment })))

async function lend(name: string): Promise<Lease> {
  const { status, body } = await server.call('POST', '/flows/managed-token', { ...asked, name })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body as Lease
}

/** A change that does not come to its end. */
async function begin(what: (typeof points)[number]['what'], name: string, id: string): Promise<void> {
  const path = `/api/managed-tokens/${id}`
  const calls = {
    create: async () => lend(name),
    roll: async () => server.call('POST', `${path}/roll`),
    revoke: async () => server.call('DELETE', path),
    renew: async () => server.call('POST', `${path}/renew`, { ttl_days: 30 }),
  }
  await calls[what]().catch(() => undefined)
}

const listed = async () =>
  ((await server.call('GET', '/api/managed-tokens?limit=200')).body as { managed_tokens: Lease[] }).managed_tokens

test(`a server that is killed at ${points.length} points at a time leaves no token and no secret that no row knows`, async () => {
  for (const [at, { call, what, moment }] of points.entries()) {
    const name = `lease-${at}`
    const id = what === 'create' ? '' : (await lend(name)).id
    const held = wire.hold(call, moment)
    void begin(what, name, id)
    await held
  }
  await server.end('SIGKILL')
  expect(agrees()).toBe(false)
  // Somebody else took up what was left for too long; what broke off may still come.
  server.pass({ due: 6, unsettled: 0 })
  await server.start()
  await eventually(listed, (leases) => leases.every(isDone) && agrees(), 60)
  expect(heldBy(account())).toEqual(expectedFrom(server.rows()))

  await server.end('SIGTERM')
  server.pass({ due: 20, unsettled: 20 })
  await server.start()
  const left = await eventually(listed, (leases) => leases.every(({ state }) => state === 'active'), 60)
  // Rolled and renewed ones are there, begun and revoked ones are not.
  const kept = points.flatMap(({ what }, at) => (what === 'roll' || what === 'renew' ? [`lease-${at}`] : []))
  expect(left.map(({ name }) => name).toSorted()).toEqual(kept.toSorted())
  expect(heldBy(account())).toEqual(expectedFrom(server.rows()))
  await lend('lease-0')
}, 180_000)

/** Not begun any more. */
function isDone({ state, error }: Lease): boolean {
  return error === null && (state === 'active' || state === 'revoking')
}

function agrees(): boolean {
  return JSON.stringify(heldBy(account())) === JSON.stringify(expectedFrom(server.rows()))
}

test('no value of a token is in any answer, line, table, object or file of the control plane', async () => {
  const { store_id: store } = await lend('before')
  const free = 100 - account().cloud.store.count('select count(*) from store_secrets')
  const filling = Array.from({ length: free }, (_, at) => ({ name: `S${at}`, value: 'v', scopes: ['workers'] }))
  await account().call('POST', `${account().base}/secrets_store/stores/${store}/secrets`, filling)
  expect(await lend('kept')).toMatchObject({ stored_in: 'fallback' })
  for (const { id } of await listed()) await server.call('POST', `/api/managed-tokens/${id}/roll`)
  await server.call('GET', '/api/audit?limit=200')
  await server.end('SIGTERM')
  expect(wire.values.size).toBeGreaterThan(20)
  const places = [{ name: 'answers and lines', content: server.output }, ...server.files()]
  expect(places.length).toBeGreaterThan(3)
  const found = places.flatMap(({ name, content }) =>
    [...wire.values, account().token].filter((value) => content.includes(value)).map(() => name),
  )
  expect(found).toEqual([])
  // What is sought for can be found.
  expect(places.some(({ content }) => content.includes('TOKEN_KEPT'))).toBe(true)
})
