import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually, root } from '../../worker/testing.ts'
import { startCli } from '../cli/cli.ts'
import { Workspace } from './terraform.ts'
import { configured } from './world.ts'

const cli = startCli()

const resources = 'resource "terraform_data" "one" { input = "first" }'
const local = { address: '', token: '' }

describe('a configuration with a local state', () => {
  let workspace: Workspace
  beforeEach(async () => {
    workspace = await Workspace.create(resources)
    for (const args of [['init'], ['apply', '-auto-approve']]) {
      const { code, output } = await workspace.run(local, ...args)
      if (code !== 0) throw new Error(output)
    }
  })
  afterEach(() => workspace.remove())

  test('is brought in through terraform, byte by byte, and goes on with the lines that it prints', async () => {
    const before = await readdir(workspace.folder)
    const result = await cli.begin(['state', 'import', 'team/site'], { cwd: workspace.folder }).ended
    expect(result).toMatchObject({ code: 0, err: '' })
    const stored = await readFile(join(workspace.folder, 'terraform.tfstate'))
    const { lineage } = JSON.parse(stored.toString()) as { lineage: string }
    const sha256 = createHash('sha256').update(stored).digest('hex')
    for (const told of ['team/site holds 1 resource now, as version 1.', lineage, sha256, 'read back and compared']) {
      expect(result.out).toContain(told)
    }
    expect((await cli.begin(['state', 'pull', 'team/site']).ended).bytes).toEqual(stored)
    expect(await readdir(workspace.folder)).toEqual(before)
    expect(await cli.lockOf('team/site')).toBeNull()
    expect(await cli.deployments('team/site')).toMatchObject([{ operation: 'migrate', resources_imported: 1 }])

    const lines = result.out.match(/^export .*$/gm)?.join('\n') ?? ''
    expect(lines.split('\n')).toHaveLength(2)
    await workspace.configure(configured(resources))
    const shell = `${lines}\nterraform init -reconfigure -input=false && terraform plan -detailed-exitcode -input=false`
    const next = await cli.shell(shell, { cwd: workspace.folder, env: { THROUGHLINE_TOKEN: root } }).ended
    expect(next).toMatchObject({ code: 0, out: expect.stringContaining('No changes.') })
  })

  test('is brought in from its file, and a second time nothing happens', async () => {
    const file = join(workspace.folder, 'terraform.tfstate')
    expect(await cli.run('state', 'import', 'again', file)).toMatchObject({ code: 0 })
    const again = await cli.run('state', 'import', 'again', file)
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('was there already, with the same bytes') })
    expect(await cli.deployments('again')).toHaveLength(1)
  })
})

test('what terraform cannot give is told', async () => {
  const cwd = await cli.folder()
  const empty = await cli.begin(['state', 'import', 'none'], { cwd }).ended
  expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('found no state: run it in the folder') })
  await writeFile(join(cwd, 'main.tf'), configured(''))
  const uninitialised = await cli.begin(['state', 'import', 'none'], { cwd }).ended
  expect(uninitialised).toMatchObject({ code: 1, err: expect.stringContaining('Backend initialization required') })
  expect(uninitialised.err).toContain('`terraform state pull` failed in this folder; see above.')
})

test('what terraform could not save is brought in from its errored.tfstate', async () => {
  const slow =
    'resource "terraform_data" "slow" {\n  provisioner "local-exec" { command = "echo asleep && sleep 2" }\n}'
  const workspace = await Workspace.create(configured(slow))
  const backend = { address: `${cli.url()}/state/pushed/errored`, token: await cli.token('state:pushed/*') }
  try {
    await workspace.run(backend, 'init')
    const running = workspace.start(backend, 'apply', '-auto-approve')
    await eventually(
      async () => running.output(),
      (output) => output.includes('(local-exec): asleep'),
      20_000,
    )
    await cli.worker.fetch('/state/pushed/errored', { method: 'UNLOCK' })
    expect(await running.ended).toMatchObject({ code: 1, output: expect.stringContaining('errored.tfstate') })
    expect(await cli.stored('pushed/errored')).toBeNull()
    const args = ['state', 'push', 'pushed/errored', 'errored.tfstate']
    expect(await cli.begin(args, { cwd: workspace.folder }).ended).toMatchObject({ code: 0 })
    expect((await cli.stored('pushed/errored'))?.resources).toHaveLength(1)
  } finally {
    await workspace.remove()
  }
})
