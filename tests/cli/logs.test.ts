import { logLines, recorder } from '../../worker/testing-runs.ts'
import { eventually } from '../../worker/testing.ts'
import { startCli } from './cli.ts'
import type { Running } from './cli.ts'
import { holdsEscape, stripStyles } from './terminal.ts'
import { WeakLine } from './weak-line.ts'

const cli = startCli()
const { begun, report, update } = recorder(cli.worker)

/** A run with so many lines. */
async function recorded(count: number, text?: (line: number) => string): Promise<string> {
  const { deployment } = await begun()
  for (let first = 1; first <= count; first += 1000) {
    const { status } = await report(deployment.id, logLines(first, Math.min(1000, count - first + 1), text))
    expect(status).toBe(200)
  }
  return deployment.id
}

function lines(count: number, from = 1): string {
  return Array.from({ length: count - from + 1 }, (_, index) => `line ${from + index}\n`).join('')
}

async function printed(running: Running, text: string): Promise<void> {
  await eventually(
    async () => running.out(),
    (out) => out.includes(text),
    20_000,
  )
}

test('the lines are printed as terraform printed them, from any line', async () => {
  const id = await recorded(2500)
  expect(await cli.run('logs', id)).toEqual(expect.objectContaining({ code: 0, out: lines(2500), err: '' }))
  expect((await cli.run('logs', '--from', '2400', id)).out).toBe(lines(2500, 2400))
  expect(await cli.run('logs', '--from', '3000', id)).toMatchObject({ code: 0, out: '', err: '' })
  const api = await (await cli.worker.fetch(`/api/deployments/${id}/logs?from=2499`)).text()
  expect((await cli.run('logs', '--json', '--from', '2499', id)).out).toBe(api)
})

test('following prints lines as they come and ends with the run, however it ends', async () => {
  const id = await recorded(3)
  const running = cli.begin(['logs', '-f', id])
  await printed(running, 'line 3\n')
  await report(id, logLines(6, 2))
  await report(id, logLines(4, 2))
  await printed(running, 'line 7\n')
  await report(id, logLines(8, 1))
  await update(id, { status: 'failed', exit_code: 1 })
  expect(await running.ended).toEqual(expect.objectContaining({ code: 0, out: lines(8), err: '' }))
})

test('a run that has ended is followed to its last line', async () => {
  const id = await recorded(5)
  await update(id, { status: 'success' })
  expect(await cli.run('logs', '-f', '--from', '4', id)).toMatchObject({ code: 0, out: lines(5, 4), err: '' })
})

test('no line is lost or doubled however often the connection breaks', async () => {
  const id = await recorded(4000)
  const line = await new WeakLine(cli.url()).open()
  line.breaksAfter = 20_011
  const running = cli.begin(['logs', '-f', id], { env: { THROUGHLINE_URL: line.url } })
  await printed(running, 'line 4000\n')
  expect(line.connections).toBeGreaterThan(10)
  await report(id, logLines(4001, 10))
  await update(id, { status: 'success' })
  expect(await running.ended).toMatchObject({ code: 0, out: lines(4010) })
  await line.close()
}, 120_000)

test('a server that is away for a while is waited for, and the break is told once', async () => {
  const id = await recorded(2)
  const line = await new WeakLine(cli.url()).open()
  const running = cli.begin(['logs', '-f', id], { env: { THROUGHLINE_URL: line.url } })
  await printed(running, 'line 2\n')
  await line.close()
  await report(id, logLines(3, 2))
  await eventually(
    async () => running.err(),
    (err) => err !== '',
  )
  await line.open()
  await printed(running, 'line 4\n')
  await update(id, { status: 'success' })
  const told = 'The connection broke; trying again from line 3.\n'
  expect(await running.ended).toEqual(expect.objectContaining({ code: 0, out: lines(4), err: told }))
  await line.close()
})

test('lines that never arrived are told of', async () => {
  const id = await recorded(2)
  await report(id, logLines(6, 2))
  await update(id, { status: 'success' })
  const { code, out, err } = await cli.run('logs', id)
  expect([code, out, err]).toEqual([0, lines(2) + lines(7, 6), 'Lines 3 to 5 have not arrived.\n'])
})

test('Ctrl-C ends it quietly', async () => {
  const id = await recorded(2)
  const piped = cli.begin(['logs', '-f', id])
  await printed(piped, 'line 2\n')
  piped.signal('SIGINT')
  expect(await piped.ended).toEqual(expect.objectContaining({ code: 130, out: lines(2), err: '' }))
  const running = cli.onTerminal(`throughline logs -f ${id}`, 80, { input: null })
  await printed(running, 'line 2')
  running.type('\u0003')
  expect(await running.ended).toMatchObject({ code: 130, out: expect.stringMatching(/^line 1\r\nline 2\r\n(\^C)?$/) })
})

test('a reader that goes away ends it quietly, also while it follows', async () => {
  const id = await recorded(5000)
  for (const option of ['', '-f']) {
    const { code, out, err } = await cli.shell(`throughline logs ${option} ${id} | head -2`).ended
    expect([code, out, err]).toEqual([0, lines(2), ''])
  }
})

test('what was printed cannot steer the terminal, and has our colours there', async () => {
  const texts = [
    '\u001b[32m+\u001b[0m added',
    '\u001b]0;owned\u0007title',
    '  - gone\r',
    'Error: bad\u009b2J',
    'one\ttab',
    '中文',
  ]
  const id = await recorded(texts.length, (line) => texts[line - 1] ?? '')
  const shown = ['+ added', 'title', '  - gone', 'Error: bad', 'one\ttab', '中文', '']
  const piped = await cli.run('logs', id)
  expect(piped.out).toBe(shown.join('\n'))
  const terminal = await cli.onTerminal(`throughline logs ${id}`).ended
  expect(holdsEscape(terminal.out)).toBe(true)
  expect(stripStyles(terminal.out)).toBe(shown.join('\r\n'))
  const plain = await cli.onTerminal(`NO_COLOR=1 throughline logs ${id}`).ended
  expect(plain.out).toBe(shown.join('\r\n'))
  const json = await cli.onTerminal(`throughline logs --json ${id}`).ended
  expect(json.out.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u)
  expect(JSON.parse(json.out.split('\r\n')[0] ?? '').text).toBe(texts[0])
})

test('100,000 lines are printed in seconds', async () => {
  const id = await recorded(100_000)
  const start = performance.now()
  const { code, out, err } = await cli.shell(`throughline logs ${id} | tail -n 1`).ended
  expect([code, out, err]).toEqual([0, 'line 100000\n', ''])
  expect(performance.now() - start).toBeLessThan(20_000)
}, 120_000)
