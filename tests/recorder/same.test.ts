import { inTerminal, keys } from './terminal.ts'
import type { Shown, Typed } from './terminal.ts'
import { startWorld, throughline } from './world.ts'

const world = startWorld()

const configuration = `
variable "word" { default = "one" }
resource "terraform_data" "single" { input = var.word }
output "word" { value = terraform_data.single.output }
check "word" {
  assert {
    condition     = terraform_data.single.input != "warned"
    error_message = "The word is warned."
  }
}`
const broken = `
resource "terraform_data" "broken" {
  lifecycle {
    precondition {
      condition     = terraform_data.single.input == "no"
      error_message = "It is not."
    }
  }
}`

type Scene = {
  readonly args: readonly string[]
  /** What is applied before. */
  readonly before?: readonly string[]
  readonly typed?: readonly Typed[]
  /** Configuration that is there all the time, or only after what was applied before. */
  readonly always?: string
  readonly more?: string
  readonly env?: Record<string, string>
}

const asked = 'Enter a value:'
const type = (text: string): Typed[] => [{ at: asked, keys: text }]
const again = ['-var', 'word=two']

const scenes: Record<string, Scene> = {
  'apply, yes': { args: ['apply'], typed: type('yes\n') },
  'apply, yes and a space': { args: ['apply'], typed: type('yes \n') },
  'apply, no': { args: ['apply'], typed: type('no\n') },
  'apply, nothing': { args: ['apply'], typed: type('\n') },
  'apply, end of input': { args: ['apply'], typed: type(keys.endOfInput) },
  'apply, Ctrl+C': { args: ['apply'], typed: type(keys.interrupt) },
  'apply without colours, yes': { args: ['apply', '-no-color'], typed: type('yes\n') },
  'apply without colours, Ctrl+C': { args: ['apply', '-no-color'], typed: type(keys.interrupt) },
  'apply -input=false': { args: ['apply', '-input=false'], typed: type('yes\n') },
  'apply in a folder': { args: ['-chdir=.', 'apply'], typed: type('yes\n') },
  'apply -auto-approve': { args: ['apply', '-auto-approve'] },
  'apply with arguments in the environment': {
    args: ['apply'],
    env: { TF_CLI_ARGS_apply: "-auto-approve -var 'word=a b'" },
  },
  'plan with arguments in the environment': {
    args: ['plan'],
    env: { TF_CLI_ARGS: '-no-color', TF_CLI_ARGS_plan: '-var=word=x' },
  },
  'apply of a change, with a warning': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-var=word=warned'],
    typed: type('yes\n'),
  },
  'apply of nothing': { before: ['apply', '-auto-approve'], args: ['apply'] },
  'apply -destroy, no': { before: ['apply', '-auto-approve'], args: ['apply', '-destroy'], typed: type('no\n') },
  'destroy, yes': { before: ['apply', '-auto-approve'], args: ['destroy'], typed: type('yes\n') },
  'destroy, no': { before: ['apply', '-auto-approve'], args: ['destroy'], typed: type('no\n') },
  'destroy of nothing': { args: ['destroy'] },
  'destroy that leaves outputs': {
    before: ['apply', '-auto-approve'],
    args: ['destroy', '-target=terraform_data.other'],
    always: 'resource "terraform_data" "other" {}',
    typed: type('yes\n'),
  },
  'destroy without colours that leaves outputs': {
    before: ['apply', '-auto-approve'],
    args: ['destroy', '-no-color', '-target=terraform_data.other'],
    always: 'resource "terraform_data" "other" {}',
    typed: type('yes\n'),
  },
  'destroy -json': { before: ['apply', '-auto-approve'], args: ['destroy', '-json', '-auto-approve'] },
  'apply -destroy -json': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-destroy', '-json', '-auto-approve'],
  },
  'apply -destroy, yes': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-destroy', '-no-color'],
    typed: type('yes\n'),
  },
  'apply -refresh-only, no': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-refresh-only'],
    more: 'output "added" { value = 1 }',
    typed: type('no\n'),
  },
  'apply -refresh-only, yes': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-refresh-only'],
    more: 'output "added" { value = 1 }',
    typed: type('yes\n'),
  },
  'apply -replace': {
    before: ['apply', '-auto-approve'],
    args: ['apply', '-replace=terraform_data.single'],
    typed: type('no\n'),
  },
  'apply -target, with a warning': { args: ['apply', '-target', 'terraform_data.single'], typed: type('yes\n') },
  'apply that cannot be planned': { args: ['apply'], more: broken },
  'apply of no configuration': { args: ['apply'], more: 'resource {' },
  'apply with a flag that there is none': { args: ['apply', '-nonsense'] },
  'apply with too many arguments': { args: ['apply', 'one', 'two'] },
  'apply of a file that there is none': { args: ['apply', 'nowhere.plan'] },
  'apply -json without approval': { args: ['apply', '-json'] },
  'apply -json': { args: ['apply', '-json', '-auto-approve'] },
  'apply -json of nothing': { before: ['apply', '-auto-approve'], args: ['apply', '-json', '-auto-approve'] },
  plan: { args: ['plan'] },
  'plan of nothing': { before: ['apply', '-auto-approve'], args: ['plan'] },
  'plan without colours': { args: ['plan', '-no-color'] },
  'plan in automation': { args: ['plan'], env: { TF_IN_AUTOMATION: '1' } },
  'plan -out': { args: ['plan', '-out=my.plan'] },
  'plan -detailed-exitcode': { args: ['plan', '-detailed-exitcode'] },
  'plan -detailed-exitcode of nothing': { before: ['apply', '-auto-approve'], args: ['plan', '-detailed-exitcode'] },
  'plan -destroy': { before: ['apply', '-auto-approve'], args: ['plan', '-destroy'] },
  'plan -json': { args: ['plan', '-json'] },
  'plan that fails': { args: ['plan'], more: broken },
  'plan that asks for a variable': { args: ['plan'], more: 'variable "asked" {}', typed: type('answer\n') },
  'plan with a variable that nobody gives': { args: ['plan', '-input=false'], more: 'variable "asked" {}' },
  'plan -help': { args: ['plan', '-help'] },
  refresh: { before: ['apply', '-auto-approve'], args: ['refresh'] },
  taint: { before: ['apply', '-auto-approve'], args: ['taint', 'terraform_data.single'] },
  'state mv': {
    before: ['apply', '-auto-approve'],
    args: ['state', 'mv', 'terraform_data.single', 'terraform_data.moved'],
  },
  'state list': { before: ['apply', '-auto-approve'], args: ['state', 'list'] },
  output: { before: ['apply', ...again, '-auto-approve'], args: ['output', '-json'] },
  version: { args: ['-version'] },
  'no command': { args: [] },
  'an unknown command': { args: ['aply'] },
}

/** What differs from one run to the next. */
function plain({ code, output }: Shown): Shown {
  const told = output
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/"@timestamp":"[^"]*"/g, '"@timestamp":""')
    .replaceAll(/after \d+s/g, 'after 0s')
    .replaceAll(/"elapsed_seconds":\d+/g, '"elapsed_seconds":0')
    // Terraform says the one or the other, whichever of its parts is faster.
    .replaceAll('asking for approval: context canceled', 'asking for approval: interrupted')
  return { code, output: told.includes('Interrupt received.') ? anyOrder(told) : told }
}

/** Two parts of terraform tell of an interrupt, in no particular order. */
function anyOrder(output: string): string {
  const lines = output.split('\r\n')
  return lines
    .filter((line) => line !== '')
    .toSorted()
    .join('\n')
}

const cases = Object.entries(scenes).map(([title, scene], index) => ({ title, scene, index }))

test.each(cases)('a person is shown the same, and the exit code is the same: $title', async ({ scene, index }) => {
  const { args, before, typed, always = '', more = '', env } = scene
  const both = { bare: ['terraform'], recorded: [throughline, 'terraform'] }
  const [bare, recorded] = await Promise.all(
    Object.entries(both).map(async ([name, command]) => {
      const state = `same/${index}/${name}`
      const place = await world.place(`${configuration}\n${always}`, state, {
        ...world.bare(state),
        THROUGHLINE_QUIET: '1',
      })
      const prepared = before ? await place.start(['terraform', ...before]).ended : { code: 0 }
      expect(prepared).toMatchObject({ code: 0 })
      await place.write('more.tf', more)
      return plain(await inTerminal([...command, ...args], { cwd: place.folder, env: { ...place.env, ...env } }, typed))
    }),
  )
  expect(recorded).toEqual(bare)
})
