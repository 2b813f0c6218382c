import { randomUUID } from 'node:crypto'
import { configured, startWorld } from './world.ts'

const world = startWorld()

const input = (text: string) => `resource "terraform_data" "one" { input = "${text}" }`
const apply = ['apply', '-auto-approve']
const emptyPlan = ['plan', '-detailed-exitcode']

/** A state that was applied once with each of these inputs. */
async function prepare(name: string, ...inputs: string[]) {
  const workspace = await world.workspace(input(inputs[0] ?? ''))
  for (const text of inputs) {
    await workspace.configure(configured(input(text)))
    expect(await workspace.run(world.backend(name), ...apply)).toMatchObject({ code: 0 })
  }
  const run = async (...args: string[]) => workspace.run(world.backend(name), ...args)
  return { workspace, run }
}

const api = async (name: string, path: string, init: object = {}) => {
  const response = await world.worker.fetch(`/api/states/${encodeURIComponent(name)}${path}`, init)
  return [response.status, response.status === 204 ? null : await response.json()]
}
const rollBack = async (name: string, serial: number) => api(name, '/rollback', { method: 'POST', json: { serial } })

test('after a rollback Terraform plans from the old content, and applies on top of it', async () => {
  const { workspace, run } = await prepare('history/rolled', 'first', 'second', 'third')
  const before = await world.stored('history/rolled')
  expect(await rollBack('history/rolled', 1)).toEqual([200, { version: 4, serial: 4, rolled_back_to: 1 }])
  const plan = await run(...emptyPlan)
  expect([plan.code, plan.output]).toEqual([2, expect.stringMatching(/input\s+= "first" -> "third"/)])
  await workspace.configure(configured(input('first')))
  expect(await run(...emptyPlan)).toMatchObject({ code: 0 })
  await workspace.configure(configured(input('third')))
  expect(await run(...apply)).toMatchObject({ code: 0 })
  expect(await world.stored('history/rolled')).toMatchObject({ serial: 5, lineage: before?.lineage })
  expect(await run(...emptyPlan)).toMatchObject({ code: 0 })
  const runs = await world.deployments('history/rolled', 8)
  const operations = ['apply', 'apply', 'apply', 'state-push', 'plan', 'plan', 'apply', 'plan']
  expect(runs.toReversed().map(({ operation }) => operation)).toEqual(operations)
  expect(runs.filter(({ status }) => status !== 'success')).toEqual([])
  const [status, diff] = await api('history/rolled', '/diff?from=3&to=5')
  expect([status, diff]).toMatchObject([200, { changes: [], outputs: [] }])
})

test('a plan that was made before a rollback is stale', async () => {
  const { workspace, run } = await prepare('history/stale', 'first', 'second')
  await workspace.configure(configured(input('third')))
  expect(await run('plan', '-out=saved')).toMatchObject({ code: 0 })
  expect(await rollBack('history/stale', 1)).toMatchObject([200, { serial: 3 }])
  expect(await run('apply', 'saved')).toMatchObject({ code: 1, output: expect.stringContaining('stale') })
  expect(await world.stored('history/stale')).toMatchObject({ serial: 3 })
})

test('a push with -force of another state is undone by a rollback', async () => {
  const { workspace, run } = await prepare('history/forced', 'first')
  const right = await world.stored('history/forced')
  await workspace.write('wrong.tfstate', JSON.stringify({ ...right, lineage: randomUUID(), serial: 41, resources: [] }))
  expect(await run('state', 'push', '-force', 'wrong.tfstate')).toMatchObject({ code: 0 })
  expect(await run(...emptyPlan)).toMatchObject({ code: 2 })
  const [status, rolled] = await rollBack('history/forced', right?.serial ?? 0)
  expect(status).toBe(200)
  expect(await world.stored('history/forced')).toEqual({ ...right, serial: (rolled as { serial: number }).serial })
  expect(await run(...emptyPlan)).toMatchObject({ code: 0 })
  await workspace.configure(configured(input('second')))
  expect(await run(...apply)).toMatchObject({ code: 0 })
})

test('a state cannot be rolled back or deleted while Terraform works on it', async () => {
  const { workspace, run } = await prepare('history/busy', 'first', 'second')
  await workspace.configure(
    configured(`${input('second')}
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "sleep 4" }
}`),
  )
  const running = workspace.start(world.backend('history/busy'), ...apply)
  await world.locked('history/busy')
  expect(await rollBack('history/busy', 1)).toMatchObject([423, { detail: expect.stringContaining('(apply)') }])
  const deletion = await api('history/busy', '?confirm=history/busy', { method: 'DELETE' })
  expect(deletion).toMatchObject([423, { detail: expect.stringContaining('(apply)') }])
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(await run(...emptyPlan)).toMatchObject({ code: 0 })
})

test('a deleted state is none to Terraform, and its name begins anew', async () => {
  const { run } = await prepare('history/deleted', 'first', 'second')
  const before = await world.stored('history/deleted')
  for (const [status, round] of [
    [204, 1],
    [404, 1],
    [404, 2],
  ] as const) {
    expect([round, (await api('history/deleted', '?confirm=history/deleted', { method: 'DELETE' }))[0]]).toEqual([
      round,
      status,
    ])
  }
  expect(await world.stored('history/deleted')).toBeNull()
  expect(await run('state', 'list')).toMatchObject({
    code: 1,
    output: expect.stringContaining('No state file was found'),
  })
  expect(await run(...apply)).toMatchObject({ code: 0 })
  const after = await world.stored('history/deleted')
  expect([after?.serial, after?.lineage === before?.lineage]).toEqual([1, false])
  expect(await run(...emptyPlan)).toMatchObject({ code: 0 })
  expect(await world.deployments('history/deleted', 2)).toMatchObject([{ operation: 'plan' }, { operation: 'apply' }])
  const [, { versions }] = (await api('history/deleted', '/versions')) as [number, { versions: object[] }]
  expect(versions).toMatchObject([{ version: 3, serial: 1 }])
})
