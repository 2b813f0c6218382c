import { isTold, secrets, startFailing } from './failing.ts'
import type { Answer, Lease } from './lending.ts'
import { faultKinds } from './wire.ts'

const { wire, call, lend, lease, later, rows, worker, recovered, settled } = startFailing()

const renew = async ({ id }: Lease) => call('POST', `${lease(id)}/renew`, { ttl_days: 30 })

/** Changes a lease for each way in which a call may fail. */
async function failing(name: string, change: (made: Lease) => Promise<Answer>): Promise<Lease[]> {
  const made: Lease[] = []
  for (const [at, kind] of faultKinds.entries()) {
    const one = await lend({ name: `lease-${at}` })
    made.push(one)
    const fault = wire.failOnce(name, kind)
    const { status } = await change(one)
    const isDeletion = name.startsWith('DELETE')
    expect([kind, fault.struck(), status, isDeletion ? status === 202 : isTold(status, kind)]).toEqual([
      kind,
      true,
      status,
      true,
    ])
  }
  return made
}

test.each(['PUT /tokens/{}/value', `PATCH ${secrets}/{}`])(
  'however %s fails, a roll ends with the value that is stored',
  async (name) => {
    const made = await failing(name, async ({ id }) => call('POST', `${lease(id)}/roll`))
    await settled()
    for (const { id } of made)
      expect((await call('GET', lease(id))).body).toMatchObject({ state: 'active', error: null })
  },
)

test.each(['DELETE /tokens/{}', `DELETE ${secrets}/{}`])(
  'however %s fails, a lease that is revoked is gone in the end, and no other',
  async (name) => {
    await lend({ name: 'other' })
    await failing(name, async ({ id }) => call('DELETE', lease(id)))
    await settled()
    expect((await rows()).map(({ secret_name: secret }) => secret)).toEqual(['TOKEN_OTHER'])
  },
)

test('however its call fails, a renewal can be asked for again', async () => {
  const made = await failing('PUT /tokens/{}', renew)
  await recovered()
  for (const one of made) expect((await renew(one)).status).toBe(200)
  await settled()
})

test('one lease that cannot be ended does not keep the others', async () => {
  const made = [await lend({ name: 'a' }), await lend({ name: 'b' }), await lend({ name: 'c' })]
  wire.fault = (name) =>
    name === 'DELETE /tokens/{}' && wire.calls.filter((one) => one === name).length === 1 ? 'answers 500' : null
  await expireAll()
  await later()
  expect((await rows()).map(({ state }) => state)).toEqual(['revoking'])
  expect((await call('GET', lease(made[0]?.id ?? ''))).body.error).toContain('500')
  await settled()
  expect(await rows()).toEqual([])
})

async function expireAll(): Promise<void> {
  const db = await worker.db()
  await db.prepare('update managed_tokens set expires_at = 1000, due_at = id').run()
}
