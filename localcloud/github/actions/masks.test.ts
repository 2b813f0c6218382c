import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mask, keepSecrets, readLog, sealLog, secretsOf } from './masks.ts'

/** What is left of a text that comes in these pieces. */
function hidden(secrets: readonly string[], pieces: readonly Buffer[]): string {
  const mask = new Mask(secrets)
  return Buffer.concat([...pieces.map((piece) => mask.push(piece)), mask.end()]).toString()
}

test.each([
  [['ghs_abc'], 'a ghs_abc b ghs_ab', 'a *** b ghs_ab'],
  [['abab'], 'xxabababab', 'xx******'],
  [['abc', 'abcdef'], 'abcdef abcde', '*** ***de'],
  [['aab'], 'aaab', 'a***'],
  [['ü†', '$(x).*'], 'eü†e $(x).* ü', 'e***e *** ü'],
  [[], 'nothing', 'nothing'],
])('%j is hidden wherever its output is cut', (secrets, text, expected) => {
  const bytes = Buffer.from(text)
  for (let first = 0; first <= bytes.length; first += 1)
    for (let second = first; second <= bytes.length; second += 1) {
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
      expect([first, second, hidden(secrets, pieces)]).toEqual([first, second, expected])
    }
  expect(
    hidden(
      secrets,
      [...bytes].map((byte) => Buffer.from([byte])),
    ),
  ).toBe(expected)
})

test('what is secret is told by its name, or is in an address', () => {
  const env = {
    STACK: 'edge',
    CLOUDFLARE_API_TOKEN: 'one',
    deploy_key: 'two\nlines',
    MONKEY: 'three',
    Chosen: 'four',
    DATABASE: 'postgres://user:five@127.0.0.1/x',
    EMPTY_SECRET: '',
  }
  const [token, pair, ...values] = secretsOf(env, 'ghs_x', ['CHOSEN'])
  expect([token, pair]).toEqual(['ghs_x', btoa('x-access-token:ghs_x')])
  expect([...new Set(values)]).toEqual(['one', 'two\nlines', 'two', 'lines', 'four', 'five'])
})

test('a log hides its secrets while it is written, and for good at its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-masks-'))
  const log = join(folder, 'log')
  keepSecrets(folder, ['hidden'])
  writeFileSync(log, 'it is hidden and hid')
  expect(readLog(folder, log)).toBe('it is *** and ')
  await sealLog(folder, log)
  expect(readFileSync(log, 'utf8')).toBe('it is *** and hid')
  await sealLog(folder, log)
  expect([readLog(folder, log), readdirSync(folder)]).toEqual(['it is *** and hid', ['log']])
  rmSync(folder, { recursive: true })
})
