import { startCli } from './cli.ts'

const cli = startCli()

test.each([
  [['deploments'], 'There is no command "deploments". Did you mean deployments?'],
  [['frobnicate'], 'There is no command "frobnicate". `throughline help` lists what there is.'],
  [['state', 'pul', 'x'], 'There is no command state "pul". Did you mean state pull?'],
  [['logs', '--folow', 'x'], 'There is no option --folow. Did you mean --follow?'],
  [['state', 'push', '-force', 'a', 'b'], 'There is no option -force. Did you mean --force?'],
  [['logs', '-x', 'y'], 'There is no option -x. `--help` lists what there is.'],
  [['logs', '--follow=yes', 'x'], '--follow takes no value.'],
  [['logs', 'x', '--from'], '--from needs a value: --from <line>.'],
  [['logs', 'x', '--from', '0'], '--from must be a whole number from 1; it is "0".'],
  [['deployments', '--limit', '1e3'], '--limit must be a whole number from 1; it is "1e3".'],
  [['deployments', '--from', 'yesterday'], '--from must be a time like'],
  [['show'], 'The <id> is missing. The usage is: throughline show [--json] <id>'],
  [['why', 'a', 'b'], '"b" is one word too many.'],
  [['state', 'pull', 'a//b'], '"a//b" is no name of a state. A state name is segments'],
  [['state', 'rollback', 'a', 'x'], 'The serial must be a whole number from 0; it is "x".'],
  [['state', 'delete', 'a'], 'Nobody can be asked here: confirm with --confirm a.'],
])('%j is refused in a sentence', async (args, sentence) => {
  const { code, out, err } = await cli.run(...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(sentence)
  expect(err.trimEnd()).not.toContain('\n')
})

test('help lists the commands, and each explains itself without a server', async () => {
  const help = await cli.begin(['help'], { env: { THROUGHLINE_URL: '', THROUGHLINE_TOKEN: '' } }).ended
  expect(help).toMatchObject({ code: 0, err: '' })
  for (const name of ['deployments', 'show', 'logs', 'why', 'state']) expect(help.out).toContain(`throughline ${name} `)
  const [long, short] = [await cli.run('logs', '--help'), await cli.run('help', 'logs')]
  expect(long).toEqual(short)
  expect(long.out).toContain('-f, --follow ')
  expect((await cli.run('state', 'help')).out).toContain('throughline state import <name> [<file>]')
  expect((await cli.run('help', 'state', 'pull')).out).toContain('-o, --output <file>')
  expect(await cli.run()).toMatchObject({ code: 2, out: '', err: help.out })
})

test.each([
  [{ THROUGHLINE_URL: '' }, 'THROUGHLINE_URL is not set'],
  [{ THROUGHLINE_TOKEN: '' }, 'THROUGHLINE_TOKEN is not set'],
  [
    { THROUGHLINE_URL: 'http://127.0.0.1:9' },
    'http://127.0.0.1:9 cannot be reached (ECONNREFUSED): does it run, and is THROUGHLINE_URL right?',
  ],
  [{ THROUGHLINE_TOKEN: `tl_${'x'.repeat(43)}` }, 'The token is unknown, deleted or expired.'],
])('%j is told in a sentence', async (env, sentence) => {
  for (const args of [['deployments'], ['logs', '-f', 'x'], ['state', 'pull', 'x'], ['state', 'import', 'x', '-']]) {
    const { code, out, err } = await cli.begin(args, { env, input: '{"serial": 1, "lineage": "l"}' }).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(sentence)
    expect(err.trimEnd()).not.toContain('\n')
  }
})

test('what the server refuses is told in its words', async () => {
  expect(await cli.run('logs', 'deploy-2026-11-21-999')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('deploy-2026-11-21-999'),
  })
  expect(await cli.run('why', 'nothing.here')).toMatchObject({
    code: 1,
    err: 'No state holds a resource with the address nothing.here.\n',
  })
  expect(await cli.run('deployments', '--status', 'odd')).toMatchObject({
    code: 1,
    err: expect.stringContaining('/status'),
  })
  expect(await cli.run('state', 'pull', 'nowhere')).toMatchObject({
    code: 1,
    err: 'The state nowhere has no version yet.\n',
  })
})
