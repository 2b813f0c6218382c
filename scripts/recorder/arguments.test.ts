import { effectiveWords, isSet, parseCall, parseOptions, valueOf, wordsFor } from './arguments.ts'
import { chooseSteps } from './choice.ts'
import { readConfiguration } from './configuration.ts'
import { wordsIn } from './words.ts'

test.each([
  [['plan'], { command: 'plan', folder: '.', globals: [], args: [], isQuestion: false }],
  [
    ['-chdir=a b', 'apply', '-var', 'x=1'],
    { command: 'apply', folder: 'a b', globals: ['-chdir=a b'], args: ['-var', 'x=1'] },
  ],
  [['apply', '-chdir=a', 'x.plan'], { command: 'apply', folder: 'a', globals: ['-chdir=a'], args: ['x.plan'] }],
  [['state', 'mv', 'a', 'b'], { command: 'state mv', args: ['a', 'b'] }],
  [['state'], { command: 'state', args: [] }],
  [['apply', '-help'], { command: 'apply', isQuestion: true }],
  [['--version'], { command: '', isQuestion: true }],
  [[], { command: '', args: [] }],
])('a call is taken apart: %j', (words, call) => {
  expect(parseCall(words)).toMatchObject(call)
})

test('flags go to the step that takes them, as they were written', () => {
  const words = [
    '-auto-approve',
    '--var',
    'x=1',
    '-lock-timeout=5s',
    '-target',
    'a.b',
    '-parallelism',
    '3',
    '-json',
    '-refresh=false',
  ]
  const options = parseOptions(words)
  expect(options && wordsFor('plan', options)).toEqual(words.slice(1))
  expect(options && wordsFor('apply', options)).toEqual(['-lock-timeout=5s', '-parallelism', '3', '-json'])
})

test.each([
  ['-auto-approve', true],
  ['-auto-approve=true', true],
  ['-auto-approve=1', true],
  ['-auto-approve=false', false],
  ['-auto-approve -auto-approve=false', false],
  ['-no-color', false],
])('whether a flag is set: %s', (words, isApproved) => {
  expect(isSet(parseOptions(words.split(' ')) ?? { flags: [], plan: null }, 'auto-approve')).toBe(isApproved)
})

test('the last value counts, and the file is what is left', () => {
  const options = parseOptions(['-out=a', '-out', 'b', 'file'])
  expect([options && valueOf(options, 'out'), options?.plan]).toEqual(['b', 'file'])
})

test.each([['-nonsense'], ['-var'], ['a', 'b'], ['file', '-no-color'], ['-state=x'], ['-'], ['---x']])(
  'what is not surely understood is not taken apart: %j',
  (...words) => {
    expect(parseOptions(words)).toBeNull()
  },
)

test.each([
  ['', []],
  [' a  b ', ['a', 'b']],
  [`-var 'a b' -var="c \\"d\\"" e\\ f`, ['-var', 'a b', '-var=c "d"', 'e f']],
  [`'' ""`, ['', '']],
  [`'open`, null],
])('words of the environment: %s', (text, words) => {
  expect(wordsIn(text)).toEqual(words)
})

test('what the environment adds comes first, for its own command alone', () => {
  const env = { TF_CLI_ARGS: '-no-color', TF_CLI_ARGS_apply: '-var x=1', TF_CLI_ARGS_plan: '-json' }
  expect(effectiveWords(parseCall(['apply', '-lock=false']), env)).toEqual(['-no-color', '-var', 'x=1', '-lock=false'])
  expect(effectiveWords(parseCall(['apply']), { TF_CLI_ARGS: '"' })).toBeNull()
})

test.each([
  ['apply', 'plan and apply'],
  ['apply -auto-approve -json', 'plan and apply'],
  ['apply -json', 'whole'],
  ['apply -detailed-exitcode', 'whole'],
  ['apply saved', 'saved'],
  ['destroy', 'plan and apply'],
  ['plan', 'plan'],
  ['plan -generate-config-out=x', 'whole'],
  ['plan saved', 'whole'],
  ['import a b', 'whole'],
])('how it is run: %s', (text, kind) => {
  const call = parseCall(text.split(' '))
  const configuration = readConfiguration('/nowhere')
  const initialised = { kind: 'http', addresses: [], isFixed: false, workspace: 'default' }
  const choose = (more = {}, backend = 'http') =>
    chooseSteps(call, parseOptions(call.args), { ...configuration, ...more }, { ...initialised, kind: backend })
  expect(choose().kind).toBe(kind)
  expect(choose({ hasEphemeral: true }).kind).toBe('whole')
  expect(choose({}, 'cloud').kind).toBe('whole')
})
