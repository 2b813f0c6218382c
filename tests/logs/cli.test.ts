import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { eventually, root } from '../../worker/testing.ts'
import { launcher } from '../cli/cli.ts'
import { WeakLine } from '../cli/weak-line.ts'
import { startLogs, trace } from './logs.ts'

const logs = startLogs()

/** `throughline tail` as people start it. */
function tail(args: readonly string[], url = logs.url()) {
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), THROUGHLINE_URL: url, THROUGHLINE_TOKEN: root }
  const child = spawn(launcher, ['tail', ...args], { cwd: tmpdir(), env })
  const said = { out: '', err: '' }
  child.stdout.on('data', (piece) => (said.out += piece))
  child.stderr.on('data', (piece) => (said.err += piece))
  return { said, ended: once(child, 'close'), stop: () => child.kill('SIGINT') }
}

async function printed(said: { out: string }, text: string): Promise<void> {
  await eventually(
    async () => said.out,
    (out) => out.includes(text),
    30_000,
  )
}

test('events are printed for people, and as JSON, from wherever and whichever one likes', async () => {
  const stack = '    at Object.fetch (index.js:4:37)'
  const failed = { outcome: 'exception', exceptions: [{ name: 'TypeError', message: 'no \u001b[31mcart', stack }] }
  await logs.deliver(trace('printed', { order: 7 }), trace('printed', 'oops', failed), trace('printed', 'last'))
  const people = tail(['printed'])
  await printed(people.said, 'last')
  people.stop()
  expect((await people.ended)[0]).toBe(130)
  const lines = people.said.out.split('\n')
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}#1 {2}ok {2}GET https:\/\/printed\.example\/$/)
  expect(lines.slice(1, 6)).toEqual([
    '    (log) {"order":7}',
    expect.stringContaining('#2  exception  GET'),
    '    (log) oops',
    '    TypeError: no cart',
    `    ${stack}`,
  ])
  const json = tail(['--format', 'json', '--since', '1', '--level', 'error', 'printed'])
  await printed(json.said, 'oops')
  await logs.deliver(trace('printed', 'fine'), trace('printed', 'again', failed))
  await printed(json.said, 'again')
  json.stop()
  await json.ended
  const seqs = json.said.out.trim().split('\n')
  expect(seqs.map((line) => JSON.parse(line).seq)).toEqual([2, 5])
}, 90_000)

test('no event is missed or repeated however often the connection breaks', async () => {
  const line = await new WeakLine(logs.url()).open()
  line.breaksAfter = 40_007
  const running = tail(['--format', 'json', 'broken'], line.url)
  for (let n = 0; n < 20; n++)
    await logs.deliver(...Array.from({ length: 25 }, (_, at) => trace('broken', n * 25 + at)))
  await printed(running.said, '"seq":500,')
  await line.close()
  await logs.deliver(trace('broken', 'away'))
  await line.open()
  await printed(running.said, '"seq":501,')
  running.stop()
  await running.ended
  const seqs = running.said.out.trim().split('\n')
  expect(seqs.map((text) => JSON.parse(text).seq)).toEqual(Array.from({ length: 501 }, (_, n) => n + 1))
  expect(line.connections).toBeGreaterThan(4)
  await line.close()
}, 90_000)

test('what is wrong is said at once', async () => {
  const misuse = tail(['--format', 'xml', 'printed'])
  expect((await misuse.ended)[0]).toBe(2)
  expect(misuse.said.err).toBe('--format is pretty or json, not xml.\n')
  const unnamed = tail(['not a script'])
  expect((await unnamed.ended)[0]).toBe(1)
  expect(unnamed.said.err).toContain('no name of a script')
}, 60_000)
