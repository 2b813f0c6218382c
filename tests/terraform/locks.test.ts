import { eventually } from '../../worker/testing.ts'
import { startWorld } from './world.ts'

const world = startWorld()

/** A resource whose creation takes this many seconds. */
const slow = (seconds: number) => `resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "sleep ${seconds}" }
}`
const apply = ['apply', '-auto-approve']
const emptyPlan = ['plan', '-detailed-exitcode']

test('of two applies at once one is refused, and the server tells who holds the lock', async () => {
  const [first, second] = [await world.workspace(slow(2)), await world.workspace(slow(2))]
  const running = first.start(world.backend('race'), ...apply)
  const holder = await world.locked('race')
  const refused = await second.run(world.backend('race'), ...apply)
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringMatching(new RegExp(`already locked:\\s+ID=${String(holder['id'])}`)),
  })
  expect(holder).toMatchObject({
    operation: 'apply',
    terraform_version: expect.stringMatching(/^\d/),
    story: expect.stringContaining('locked by'),
  })
  expect(await running.ended).toMatchObject({ code: 0 })
  const events = await (await world.worker.fetch('/api/states/race/events')).json()
  expect(events).toMatchObject({ events: [{ kind: 'lock_refused', detail: holder['story'] }] })
  expect(await world.deployments('race')).toMatchObject([{ operation: 'apply', status: 'success' }])
})

test('with -lock-timeout the second apply waits for its turn, which is one story', async () => {
  const [first, second] = [await world.workspace(slow(2)), await world.workspace(slow(2))]
  const running = first.start(world.backend('queue'), ...apply)
  await world.locked('queue')
  const waited = await second.run(world.backend('queue'), ...apply, '-lock-timeout=30s')
  expect(waited).toMatchObject({ code: 0, output: expect.stringContaining('0 added, 0 changed, 0 destroyed') })
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(await world.deployments('queue', 2)).toMatchObject([
    { status: 'success', writes: 0 },
    { status: 'success', writes: 1 },
  ])
  const events = (await (await world.worker.fetch('/api/states/queue/events')).json()) as { events: unknown[] }
  expect(events.events).toHaveLength(1)
})

test('a broken run may not write; what it did is saved by pushing errored.tfstate', async () => {
  const [broken, other] = [await world.workspace(slow(3)), await world.workspace(slow(3))]
  const running = broken.start(world.backend('broken'), ...apply)
  const { id } = await world.locked('broken')
  const limited = await world.token('state:broken')
  const forbidden = await other.run(world.backend('broken', limited), 'force-unlock', '-force', String(id))
  expect(forbidden).toMatchObject({ code: 1, output: expect.stringContaining('403') })
  expect(await other.run(world.backend('broken'), 'force-unlock', '-force', String(id))).toMatchObject({ code: 0 })
  expect(await running.ended).toMatchObject({ code: 1, output: expect.stringContaining('HTTP error: 409') })
  expect([await world.stored('broken'), broken.has('errored.tfstate')]).toEqual([null, true])
  expect(await world.deployments('broken')).toMatchObject([
    { status: 'abandoned', reason: expect.stringContaining('broken by root') },
  ])

  expect(await broken.run(world.backend('broken'), 'state', 'push', 'errored.tfstate')).toMatchObject({ code: 0 })
  expect(await broken.run(world.backend('broken'), ...emptyPlan)).toMatchObject({ code: 0 })
  expect(await world.deployments('broken', 3)).toMatchObject([
    { operation: 'plan' },
    { operation: 'state-push', status: 'success', resources_imported: 1 },
    { status: 'abandoned' },
  ])
})

test('the lock may be taken with POST and released with DELETE on its own address', async () => {
  const workspace = await world.workspace(slow(0))
  const { address } = world.backend('team/gitlab')
  const backend = world.backend('team/gitlab', undefined, {
    TF_HTTP_LOCK_ADDRESS: `${address}/lock`,
    TF_HTTP_UNLOCK_ADDRESS: `${address}/lock`,
    TF_HTTP_LOCK_METHOD: 'POST',
    TF_HTTP_UNLOCK_METHOD: 'DELETE',
  })
  expect(await workspace.run(backend, ...apply)).toMatchObject({ code: 0 })
  expect(await workspace.run(backend, ...emptyPlan)).toMatchObject({ code: 0 })
  expect(await world.deployments('team/gitlab', 2)).toMatchObject([
    { operation: 'plan' },
    { operation: 'apply', status: 'success' },
  ])
  expect(await world.isFree('team/gitlab')).toBe(true)
})

test('an apply without a lock is stored, and recorded as what it is', async () => {
  const workspace = await world.workspace(slow(0))
  expect(await workspace.run(world.backend('bold'), ...apply, '-lock=false')).toMatchObject({ code: 0 })
  expect(await workspace.run(world.backend('bold'), ...emptyPlan, '-lock=false')).toMatchObject({ code: 0 })
  expect(await world.deployments('bold')).toMatchObject([
    { operation: 'apply', status: 'success', actor: null, resources_created: 1, reason: 'The client took no lock.' },
  ])
})

test('while another holds the lock, a write without one is refused', async () => {
  const [first, second] = [await world.workspace(slow(2)), await world.workspace(slow(0))]
  const running = first.start(world.backend('bypassed'), ...apply)
  await world.locked('bypassed')
  const bypass = await second.run(world.backend('bypassed'), ...apply, '-lock=false')
  expect(bypass).toMatchObject({ code: 1, output: expect.stringContaining('HTTP error: 423') })
  expect(await running.ended).toMatchObject({ code: 0 })
  const { events } = (await (await world.worker.fetch('/api/states/bypassed/events')).json()) as { events: unknown[] }
  expect(events).toMatchObject([{ kind: 'write_refused', detail: expect.stringContaining('locked by') }])
})

test('credentials that are wrong or open another state end the command with its message', async () => {
  const workspace = await world.workspace(slow(0))
  const wrong = await workspace.run(world.backend('guarded', 'x'.repeat(48)), ...apply)
  expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('HTTP remote state endpoint requires auth') })
  const other = await workspace.run(world.backend('guarded', await world.token('state:other')), ...apply)
  expect(other).toMatchObject({ code: 1, output: expect.stringContaining('HTTP remote state endpoint invalid auth') })
  const right = await workspace.run(world.backend('guarded', await world.token('state:guarded')), ...apply)
  expect(right).toMatchObject({ code: 0 })
  const list = await eventually(
    () => world.deployments('guarded'),
    ({ length }) => length > 0,
  )
  expect(list).toMatchObject([{ credential: 'state:guarded', status: 'success' }])
})
