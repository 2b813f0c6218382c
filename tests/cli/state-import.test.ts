import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../worker/testing.ts'
import { faultKinds } from '../terraform/proxy.ts'
import { Workspace } from '../terraform/terraform.ts'
import { configured } from '../terraform/world.ts'
import { startCli } from './cli.ts'

const cli = startCli()

const resources = 'resource "terraform_data" "one" { input = "first" }'
const local = { address: '', token: '' }

/** A state as a file, and what it says. */
function stateText({ serial = 4, lineage = 'lineage-a', padding = '' } = {}): string {
  const state = { version: 4, terraform_version: '1.11.4', serial, lineage, outputs: {}, resources: [] }
  return `${JSON.stringify({ ...state, check_results: null, padding }, null, 2)}\n`
}

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

test('a target that holds another version is left alone, and the way out is told', async () => {
  const bring = (input: string) => cli.begin(['state', 'import', 'taken', '-'], { input }).ended
  expect(await bring(stateText())).toMatchObject({ code: 0, err: '' })
  const refused = await bring(stateText({ serial: 5 }))
  expect(refused).toMatchObject({ code: 1, out: '' })
  for (const told of ['serial 4', 'Choose another name', 'throughline state push', 'throughline state delete taken']) {
    expect(refused.err).toContain(told)
  }
  expect(await cli.stored('taken')).toMatchObject({ serial: 4 })
  expect(await cli.deployments('taken')).toHaveLength(1)
})

test.each([
  ['', 'it is empty'],
  ['hello', 'it is not JSON with a lineage and a serial'],
  ['{"version": 4}', 'it is not JSON with a lineage and a serial'],
  ['{"version": 4, "serial": -1, "lineage": "x"}', 'it is not JSON with a lineage and a serial'],
])('%j is refused before anything is locked', async (input, why) => {
  const refused = await cli.begin(['state', 'import', 'odd', '-'], { input }).ended
  expect(refused).toMatchObject({ code: 1, out: '', err: `What came on stdin is no Terraform state: ${why}.\n` })
  expect((await cli.worker.fetch('/api/states/odd')).status).toBe(404)
})

test('what terraform cannot give is told', async () => {
  const cwd = await cli.folder()
  const empty = await cli.begin(['state', 'import', 'none'], { cwd }).ended
  expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('found no state: run it in the folder') })
  const missing = await cli.begin(['state', 'import', 'none'], { cwd, env: { THROUGHLINE_TERRAFORM: 'no-such' } }).ended
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('THROUGHLINE_TERRAFORM may name it') })
  await writeFile(join(cwd, 'main.tf'), configured(''))
  const uninitialised = await cli.begin(['state', 'import', 'none'], { cwd }).ended
  expect(uninitialised).toMatchObject({ code: 1, err: expect.stringContaining('Backend initialization required') })
  expect(uninitialised.err).toContain('`terraform state pull` failed in this folder; see above.')
  const absent = await cli.run('state', 'import', 'none', '/no/such/file')
  expect(absent).toMatchObject({ code: 1, err: '/no/such/file cannot be read: there is no such file.\n' })
})

test('a lock that somebody holds is told with its story', async () => {
  const lock = { ID: 'their-lock', Operation: 'OperationTypeApply', Who: 'bob@desk' }
  await cli.worker.fetch('/state/held', { method: 'LOCK', json: lock })
  const refused = await cli.begin(['state', 'import', 'held', '-'], { input: stateText() }).ended
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('locked by bob@desk (apply) since') })
  expect(await cli.lockOf('held')).toMatchObject({ id: 'their-lock' })
})

test.each(['GET', 'POST', 'DELETE'].flatMap((method) => faultKinds.map((kind) => ({ method, kind }))))(
  'the network may do "$kind" to a $method: the state is whole and the lock free',
  async ({ method, kind }) => {
    for (const nth of method === 'DELETE' ? [1] : [1, 2]) {
      const name = `faulty/${method}-${kind.replaceAll(' ', '-')}-${nth}`
      const { proxy, url } = await cli.disturbed({ method, nth, kind })
      const settings = { input: stateText(), env: { THROUGHLINE_URL: url } }
      expect(await cli.begin(['state', 'import', name, '-'], settings).ended).toMatchObject({ code: 0, err: '' })
      await proxy.deliverLate()
      expect(proxy.struck).toBe(true)
      expect(await cli.stored(name)).toMatchObject({ serial: 4 })
      expect(await cli.isFree(name)).toBe(true)
    }
  },
  60_000,
)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s in the middle of the write releases the lock',
  async (signal) => {
    const name = `interrupted/${signal}`
    let posts = 0
    const { url } = await cli.disturbed({ method: 'POST', nth: 2, kind: 'delay' }, (method) => {
      if (method === 'POST' && ++posts === 2) running.signal(signal)
    })
    const settings = { input: stateText(), env: { THROUGHLINE_URL: url } }
    const running = cli.begin(['state', 'import', name, '-'], settings)
    const { code, out, err } = await running.ended
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
    expect([out, err]).toEqual(['', `Interrupted. The lock of the state ${name} is released.\n`])
    expect(await cli.lockOf(name)).toBeNull()
  },
)

test('a state of 20 MB comes over whole', async () => {
  const input = stateText({ padding: 'x'.repeat(20_000_000) })
  expect(await cli.begin(['state', 'import', 'large', '-'], { input }).ended).toMatchObject({ code: 0 })
  const { bytes } = await cli.begin(['state', 'pull', 'large']).ended
  expect(bytes.equals(Buffer.from(input))).toBe(true)
})
