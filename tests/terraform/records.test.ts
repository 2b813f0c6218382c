import { configured, startWorld } from './world.ts'

const world = startWorld()

const apply = ['apply', '-auto-approve']
const data = (...names: string[]) =>
  names.map((name) => `resource "terraform_data" "${name}" { input = "x" }`).join('\n')

/** A state with the resources a and b. */
async function prepare(name: string) {
  const workspace = await world.workspace(data('a', 'b'))
  const backend = world.backend(name)
  await workspace.run(backend, ...apply)
  let runs = 1
  /** Runs a command and returns what was recorded of it: each command is a run of its own. */
  const run = async (...args: string[]) => {
    runs += 1
    expect(await workspace.run(backend, ...args)).toMatchObject({ code: 0 })
    const [newest] = await world.deployments(name, runs)
    return { ...newest, changes: await world.changes(newest?.id ?? '') }
  }
  return { workspace, backend, run }
}

test('what leaves a state without being destroyed is forgotten', async () => {
  const { run } = await prepare('removed')
  expect(await run('state', 'rm', 'terraform_data.b')).toMatchObject({
    operation: 'state-rm',
    status: 'success',
    resources_forgotten: 1,
    resources_deleted: 0,
    changes: ['forget terraform_data.b'],
  })
})

test('what changes its address is forgotten there and imported here', async () => {
  const { run } = await prepare('renamed')
  expect(await run('state', 'mv', 'terraform_data.b', 'terraform_data.c')).toMatchObject({
    operation: 'state-mv',
    status: 'success',
    resources_created: 0,
    resources_deleted: 0,
    changes: ['forget terraform_data.b', 'import terraform_data.c'],
  })
})

test('an import is recorded as one, though Terraform does not name it', async () => {
  const { workspace, run } = await prepare('imported')
  await workspace.configure(configured(data('a', 'b', 'c')))
  expect(await run('import', 'terraform_data.c', 'its-cloud-id')).toMatchObject({
    operation: 'import',
    status: 'success',
    resources_imported: 1,
    resources_created: 0,
    changes: ['import terraform_data.c'],
  })
})

test('an apply after a taint is a replacement', async () => {
  const { run } = await prepare('tainted')
  expect(await run('taint', 'terraform_data.b')).toMatchObject({
    operation: 'taint',
    status: 'success',
    changes: ['taint terraform_data.b'],
  })
  expect(await run(...apply)).toMatchObject({
    operation: 'apply',
    status: 'success',
    resources_created: 1,
    resources_deleted: 1,
    changes: ['replace terraform_data.b'],
  })
  expect(await run('taint', 'terraform_data.b')).toMatchObject({ operation: 'taint' })
  expect(await run('untaint', 'terraform_data.b')).toMatchObject({
    operation: 'untaint',
    changes: ['untaint terraform_data.b'],
  })
})

test('an apply whose provisioner failed has failed, as is inferred', async () => {
  const failing = `resource "terraform_data" "bad" {
  provisioner "local-exec" { command = "exit 3" }
}`
  const workspace = await world.workspace(`${data('a')}\n${failing}`)
  expect(await workspace.run(world.backend('failing'), ...apply)).toMatchObject({ code: 1 })
  const [run] = await world.deployments('failing')
  expect(run).toMatchObject({
    operation: 'apply',
    status: 'failed',
    inferred: true,
    resources_created: 2,
    reason: '1 resource is tainted in the last state this run wrote.',
  })
  expect(await world.isFree('failing')).toBe(true)
})

test('an apply, a change, a refresh, a no-op and a destroy are counted as what they did', async () => {
  const { workspace, backend, run } = await prepare('counted')
  expect(await run(...apply)).toMatchObject({ operation: 'apply', status: 'success', writes: 0, changes: [] })
  expect(await run('refresh')).toMatchObject({ operation: 'refresh', status: 'success', changes: [] })
  expect(await run('destroy', '-target', 'terraform_data.b', '-auto-approve')).toMatchObject({
    operation: 'apply',
    status: 'success',
    resources_deleted: 1,
    changes: ['delete terraform_data.b'],
  })
  expect(await run('destroy', '-auto-approve')).toMatchObject({
    operation: 'destroy',
    resources_deleted: 1,
    resource_count: 0,
  })
  expect(await workspace.run(backend, 'plan', '-destroy', '-detailed-exitcode')).toMatchObject({ code: 0 })
})
