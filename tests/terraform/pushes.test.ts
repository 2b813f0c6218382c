import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Workspace } from './terraform.ts'
import { configured, startWorld } from './world.ts'

const world = startWorld()

const one = 'resource "terraform_data" "one" { input = "first" }'
const other = 'resource "terraform_data" "one" { input = "second" }'
const apply = ['apply', '-auto-approve']
const emptyPlan = ['plan', '-detailed-exitcode']

type State = { serial: number; lineage: string; outputs: object; resources: unknown[] }

/** A state at serial 3, and a changed copy of it in a file. */
async function prepare(name: string, change: (state: State) => Partial<State>) {
  const workspace = await world.workspace(one)
  for (const text of [one, other, one]) {
    await workspace.configure(configured(text))
    await workspace.run(world.backend(name), ...apply)
  }
  const { output } = await workspace.run(world.backend(name), 'state', 'pull')
  const state = JSON.parse(output) as State
  const outputs = { pushed: { value: 'by force', type: 'string' } }
  await writeFile(join(workspace.folder, 'changed.tfstate'), JSON.stringify({ ...state, outputs, ...change(state) }))
  return { workspace, state }
}

/** Terraform pushes a file's serial + 1. */
test.each([
  ['a lower serial', { change: () => ({ serial: 0 }), pushed: { serial: 1 } }],
  ['an equal serial', { change: () => ({ serial: 2 }), pushed: { serial: 3 } }],
  ['a foreign lineage', { change: () => ({ lineage: 'foreign' }), pushed: { serial: 4, lineage: 'foreign' } }],
])('state push -force of %s needs the scope force: and is recorded', async (title, { change, pushed }) => {
  const name = `pushed/${title.replaceAll(' ', '-')}`
  const { workspace, state } = await prepare(name, change)
  expect(state.serial).toBe(3)
  const push = ['state', 'push', '-force', 'changed.tfstate']
  const limited = world.backend(name, await world.token(`state:${name}`))
  expect(await workspace.run(limited, ...push)).toMatchObject({ code: 1, output: expect.stringContaining('409') })
  expect(await world.stored(name)).toEqual(state)

  const trusted = world.backend(name, await world.token(`state:${name}`, `force:${name}`))
  expect(await workspace.run(trusted, ...push)).toMatchObject({ code: 0 })
  expect(await world.stored(name)).toMatchObject({ lineage: state.lineage, ...pushed, outputs: { pushed: {} } })
  const [newest, refused] = await world.deployments(name, 5)
  expect([newest, refused]).toMatchObject([
    { operation: 'state-push', writes: 1 },
    { operation: 'state-push', writes: 0 },
  ])
  const { events } = (await (await world.worker.fetch(`/api/states/${encodeURIComponent(name)}/events`)).json()) as {
    events: unknown[]
  }
  expect(events).toMatchObject([
    { kind: 'write_forced' },
    { kind: 'write_refused', detail: expect.stringContaining(`force:${name}`) },
  ])
  expect(await world.isFree(name)).toBe(true)
})

test('a plain push of an older state is refused by Terraform, and of a newer one accepted', async () => {
  const older = await prepare('plain/older', () => ({ serial: 1 }))
  const push = ['state', 'push', 'changed.tfstate']
  expect(await older.workspace.run(world.backend('plain/older'), ...push)).toMatchObject({ code: 1 })
  expect(await world.stored('plain/older')).toEqual(older.state)
  const newer = await prepare('plain/newer', () => ({ serial: 50 }))
  expect(await newer.workspace.run(world.backend('plain/newer'), ...push)).toMatchObject({ code: 0 })
  expect(await world.stored('plain/newer')).toMatchObject({ serial: 51, lineage: newer.state.lineage })
})

test('a local state moves into the backend, where Terraform begins a new lineage, and out again as it is', async () => {
  const workspace = await Workspace.create(one)
  const backend = world.backend('moved')
  const run = async (...args: string[]) => expect(await workspace.run(backend, ...args)).toMatchObject({ code: 0 })
  const local = async () => JSON.parse(await readFile(join(workspace.folder, 'terraform.tfstate'), 'utf8')) as State
  try {
    for (const args of [['init'], apply]) await run(...args)
    const { resources } = await local()

    await workspace.configure(configured(one))
    await run('init', '-migrate-state', '-force-copy')
    const moved = await world.stored('moved')
    expect(moved).toMatchObject({ serial: 1, resources })
    await run(...emptyPlan)
    expect(await world.deployments('moved', 2)).toMatchObject([
      { operation: 'plan' },
      { operation: 'migrate', status: 'success', resources_imported: 1, resources_created: 0 },
    ])

    await workspace.configure(one)
    await run('init', '-migrate-state', '-force-copy')
    expect(await local()).toMatchObject({ serial: moved?.serial, lineage: moved?.lineage, resources })
    await run(...emptyPlan)
    const [out] = await world.deployments('moved', 3)
    expect(out).toMatchObject({ operation: 'migrate', status: 'success', writes: 0 })
    expect(await world.isFree('moved')).toBe(true)
  } finally {
    await workspace.remove()
  }
})
