import { statSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { leftIn, namesIn, recordReader } from './logged.ts'
import { startWorld } from './world.ts'

const world = startWorld()
const read = recordReader(world)

const configuration = `
variable "word" { default = "one" }
resource "terraform_data" "one" { input = var.word }
resource "terraform_data" "two" { triggers_replace = [var.word] }`
const failing = `
resource "terraform_data" "failing" {
  depends_on = [terraform_data.one]
  provisioner "local-exec" { command = "exit 3" }
}`
const again = ['-var', 'word=two']

type Case = {
  readonly before?: readonly string[]
  readonly more?: string
  readonly args: readonly string[]
  readonly shown: object
}

const created = [
  { address: 'terraform_data.one', action: 'create', status: 'success' },
  { address: 'terraform_data.two', action: 'create', status: 'success' },
]
const applied = ['apply', '-auto-approve']
const plan = { kind: 'plan', status: 'success', exit_code: 0, to_add: 2, to_change: 0, to_destroy: 0 }

const cases: Record<string, Case> = {
  'a plan': {
    args: ['plan'],
    shown: { operation: 'plan', status: 'success', exit_code: 0, operations: [{ ...plan, plan: { known: true } }] },
  },
  'a plan that tells changes by its exit code': {
    args: ['plan', '-detailed-exitcode', '-out=kept'],
    shown: { operation: 'plan', status: 'success', exit_code: 2, operations: [{ ...plan, plan: { known: true } }] },
  },
  'an apply': {
    args: applied,
    shown: {
      operation: 'apply',
      status: 'success',
      exit_code: 0,
      resources_created: 2,
      planned: created,
      operations: [
        { ...plan, plan: { known: true } },
        { kind: 'apply', status: 'success', exit_code: 0, plan: null },
      ],
    },
  },
  'an apply for machines': {
    args: [...applied, '-json'],
    shown: { status: 'success', planned: created, operations: [plan, { kind: 'apply', status: 'success' }] },
  },
  'the apply of a saved plan': {
    before: ['plan', '-out=kept'],
    args: ['apply', 'kept'],
    shown: {
      operation: 'apply',
      status: 'success',
      planned: created,
      operations: [{ kind: 'apply', to_add: 2, plan: { known: true } }],
    },
  },
  'an apply that changes and replaces': {
    before: applied,
    args: [...applied, ...again],
    shown: {
      status: 'success',
      planned: [
        { address: 'terraform_data.one', action: 'update', status: 'success' },
        { address: 'terraform_data.two', action: 'replace', status: 'success' },
      ],
      operations: [{ kind: 'plan', to_add: 1, to_change: 1, to_destroy: 1 }, { kind: 'apply' }],
    },
  },
  'an apply that fails': {
    args: applied,
    more: failing,
    shown: {
      status: 'failed',
      exit_code: 1,
      reason: 'local-exec provisioner error',
      planned: [{ address: 'terraform_data.failing', action: 'create', status: 'failed' }, ...created],
      operations: [
        { kind: 'plan', status: 'success', to_add: 3 },
        {
          kind: 'apply',
          status: 'failed',
          exit_code: 1,
          diagnostics: [
            { severity: 'error', address: 'terraform_data.failing', detail: expect.stringContaining('exit status 3') },
          ],
        },
      ],
    },
  },
  'a plan that fails': {
    args: ['plan', '-input=false'],
    more: 'variable "missing" {}',
    shown: {
      operation: 'plan',
      status: 'failed',
      reason: 'No value for required variable',
      operations: [{ status: 'failed', plan: null, diagnostics: [{ severity: 'error' }] }],
    },
  },
  'a destruction': {
    before: applied,
    args: ['destroy', '-auto-approve'],
    shown: {
      operation: 'destroy',
      resources_deleted: 2,
      operations: [
        { kind: 'plan', to_destroy: 2 },
        { kind: 'destroy', status: 'success' },
      ],
    },
  },
  'a destruction by apply': {
    before: applied,
    args: [...applied, '-destroy'],
    shown: { operation: 'destroy', operations: [{ kind: 'plan' }, { kind: 'destroy', status: 'success' }] },
  },
  'a refresh': {
    before: applied,
    args: ['refresh'],
    shown: { operation: 'refresh', status: 'success', operations: [{ kind: 'refresh', exit_code: 0 }] },
  },
  'a taint': {
    before: applied,
    args: ['taint', 'terraform_data.one'],
    shown: { operation: 'taint', status: 'success', operations: [{ kind: 'taint' }] },
  },
  'a move': {
    before: applied,
    args: ['state', 'mv', 'terraform_data.one', 'terraform_data.three'],
    shown: {
      operation: 'state-mv',
      status: 'success',
      command: 'terraform state mv terraform_data.one terraform_data.three',
    },
  },
  'an import that fails': {
    args: ['import', 'terraform_data.nothing', 'x'],
    // Nobody has seen the state yet.
    shown: {
      state: null,
      operation: 'import',
      status: 'failed',
      exit_code: 1,
      operations: [{ kind: 'import', status: 'failed' }],
    },
  },
}

test.each(Object.entries(cases))('%s is recorded whole', async (title, { before, more = '', args, shown }) => {
  const state = title.replaceAll(' ', '-')
  const place = await world.place(configuration, state, world.bare(state))
  const prepared = before ? await place.start(['terraform', ...before]).ended : { code: 0 }
  expect(prepared).toMatchObject({ code: 0 })
  await place.write('more.tf', more)
  const { err } = await place.record(args)
  const [, id = ''] = /^Throughline: (deploy-\S+) http:\S+\n$/m.exec(err) ?? []
  const ask = async (part = '') => (await (await world.worker.fetch(`/api/deployments/${id}${part}`)).json()) as object
  const { changes } = (await ask('/changes')) as { changes?: object[] }
  // The server learns of a new state from its journal, within a second.
  const deployment = await eventually(ask, (run) => 'state' in run && (run.state !== null || 'state' in shown))
  expect({ ...deployment, planned: changes }).toMatchObject({ source: 'recorded', state, tool: 'terraform', ...shown })
  expect(leftIn(place)).toEqual({ runs: [], plans: [] })
})

test('the question and its answer are part of the record', async () => {
  const place = await world.place(configuration, 'asked')
  expect(await place.record(['apply'], {}, 'no\n')).toMatchObject({ code: 1 })
  const { id, status, logged } = await read({})
  const texts = logged.map(({ text }) => text)
  expect(status).toBe('canceled')
  expect(texts).toEqual(
    expect.arrayContaining(['Do you want to perform these actions?', '  Enter a value: no', 'Apply cancelled.']),
  )
  const shown = await (await world.worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({
    reason: 'Nobody approved the plan.',
    timeline: expect.arrayContaining([
      expect.objectContaining({ kind: 'approval_asked' }),
      expect.objectContaining({ kind: 'declined' }),
    ]),
  })
})

test('a terraform that crashes in its plan ends as it did, and leaves nothing behind', async () => {
  const place = await world.place(configuration, 'crashed')
  await place.write('crashing', '#!/bin/sh\necho half a plan\nkill -SEGV $$\n')
  await chmod(join(place.folder, 'crashing'), 0o755)
  const program = { THROUGHLINE_TERRAFORM: join(place.folder, 'crashing') }
  expect(await place.record(['apply'], program)).toMatchObject({ code: null, signal: 'SIGSEGV', out: 'half a plan\n' })
  expect(await read({})).toMatchObject({ status: 'failed', logged: [{ line: 1, text: 'half a plan' }] })
  expect(leftIn(place)).toEqual({ runs: [], plans: [] })
})

test('OpenTofu speaks in its own name', async () => {
  const place = await world.place(configuration, 'tofu')
  await place.write('tofu', '#!/bin/sh\nexec terraform "$@"\n')
  await chmod(join(place.folder, 'tofu'), 0o755)
  const { out } = await place.record(['apply'], { THROUGHLINE_TERRAFORM: './tofu' }, 'yes\n')
  expect(out).toContain('OpenTofu will perform the actions described above.')
  const { id } = await read({})
  expect(await (await world.worker.fetch(`/api/deployments/${id}`)).json()).toMatchObject({
    tool: 'opentofu',
    command: 'tofu apply',
  })
})

test('what waits on the disk is for its owner alone', async () => {
  const place = await world.place(configuration, 'private', { THROUGHLINE_URL: 'http://127.0.0.1:9' })
  await place.write('main.tf', configuration)
  await place.start(['rm', '-r', '.terraform']).ended
  expect(await place.record(applied)).toMatchObject({ code: 0 })
  const [run = ''] = leftIn(place).runs
  const folder = join(place.spool, run)
  const files = namesIn(folder)
  expect(files).toEqual(['000001.ndjson', 'create.json', 'finish.json', 'plan-1.json'])
  const modes = [folder, place.spool, place.plans, ...files.map((file) => join(folder, file))].map((path) =>
    (statSync(path).mode & 0o777).toString(8),
  )
  expect(modes).toEqual(['700', '700', '700', '600', '600', '600', '600'])
})
