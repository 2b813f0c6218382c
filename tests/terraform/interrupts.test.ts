import { eventually } from '../../worker/testing.ts'
import type { Running } from './terraform.ts'
import { startWorld } from './world.ts'

const world = startWorld()

/** One resource at once, one that takes `seconds`. */
const interruptible = (seconds: number) => `
resource "terraform_data" "quick" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.quick]
  provisioner "local-exec" { command = "echo asleep && sleep ${seconds}" }
}`
const apply = ['apply', '-auto-approve']
const emptyPlan = ['plan', '-detailed-exitcode']

async function asleep(running: Running): Promise<void> {
  await eventually(
    async () => running.output(),
    (output) => output.includes('(local-exec): asleep'),
    20_000,
  )
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'after %s the state is saved, the lock is free and the run failed',
  async (signal) => {
    const name = `stopped/${signal}`
    const workspace = await world.workspace(interruptible(20))
    const running = workspace.start(world.backend(name), ...apply)
    await asleep(running)
    running.interrupt(signal)
    expect(await running.ended).toMatchObject({ code: 1 })
    const state = await world.stored(name)
    expect(state?.resources.map((resource) => resource.name)).toEqual(['quick', 'slow'])
    expect([workspace.has('errored.tfstate'), await world.lockOf(name)]).toEqual([false, null])
    expect(await world.deployments(name)).toMatchObject([
      {
        operation: 'apply',
        status: 'failed',
        inferred: true,
        reason: expect.stringContaining('1 resource is tainted'),
      },
    ])
    const again = await world.workspace(interruptible(0))
    expect(await again.run(world.backend(name), ...apply)).toMatchObject({ code: 0 })
    expect(await again.run(world.backend(name), ...emptyPlan)).toMatchObject({ code: 0 })
  },
)

test('after SIGKILL the lock stays and tells whose it is, until it is broken', async () => {
  const workspace = await world.workspace(interruptible(20))
  const backend = world.backend('killed')
  const running = workspace.start(backend, ...apply)
  await asleep(running)
  running.kill()
  await running.ended
  const lock = await world.locked('killed')
  expect(lock).toMatchObject({
    operation: 'apply',
    who: expect.stringContaining('@'),
    deployment: expect.stringMatching(/^deploy-/),
  })
  expect(await workspace.run(backend, ...apply)).toMatchObject({
    code: 1,
    output: expect.stringContaining(String(lock['id'])),
  })
  expect(await world.deployments('killed', 1, false)).toMatchObject([{ status: 'in_progress' }])

  expect(await workspace.run(backend, 'force-unlock', '-force', String(lock['id']))).toMatchObject({ code: 0 })
  expect(await world.deployments('killed')).toMatchObject([{ id: lock['deployment'], status: 'abandoned' }])
  const next = await world.workspace(interruptible(0))
  expect(await next.run(backend, ...apply)).toMatchObject({ code: 0 })
  expect(await next.run(backend, ...emptyPlan)).toMatchObject({ code: 0 })
  expect(await world.deployments('killed', 3)).toMatchObject([
    { operation: 'plan' },
    { status: 'success' },
    { status: 'abandoned' },
  ])
})

test('a long apply is seen to make progress', async () => {
  // Terraform saves what it has when a resource is done 20 seconds after the last save.
  const naps = [0, 7, 7, 7, 1].map(
    (seconds, index) => `resource "terraform_data" "nap${index}" {
  ${index > 0 ? `depends_on = [terraform_data.nap${index - 1}]` : ''}
  provisioner "local-exec" { command = "sleep ${seconds}" }
}`,
  )
  const workspace = await world.workspace(naps.join('\n'))
  const running = workspace.start(world.backend('long'), ...apply)
  const progress = await eventually(
    () => world.deployments('long', 0, false),
    ([run]) => Number(run?.['writes']) > 0,
    60_000,
  )
  expect(progress).toMatchObject([{ status: 'in_progress', writes: 1, resources_created: 4, resource_count: 4 }])
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(await world.deployments('long')).toMatchObject([
    { status: 'success', writes: 2, resources_created: 5, resource_count: 5 },
  ])
  const { versions } = (await (await world.worker.fetch('/api/states/long/versions')).json()) as { versions: unknown[] }
  expect(versions).toMatchObject([
    { serial: 2, resource_count: 5 },
    { serial: 1, resource_count: 4 },
  ])
})
