import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { leftIn, namesIn, numbers, recordReader } from './logged.ts'
import { Network } from './network.ts'
import { startWorld, throughline } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()
const read = recordReader(world)

/** A program instead of terraform that prints a file. */
function printing(place: Place, output: string, code = 0): Record<string, string> {
  const program = join(place.folder, 'print')
  writeFileSync(join(place.folder, 'output.txt'), output)
  writeFileSync(program, `#!/bin/sh\ncat "${place.folder}/output.txt"\nexit ${code}\n`)
  chmodSync(program, 0o755)
  return { THROUGHLINE_TERRAFORM: program }
}

const hook = (seconds: number) => ({
  '@message': 'said',
  '@module': 'terraform.ui',
  type: 'apply_complete',
  hook: { resource: { addr: 'a.b' }, action: 'create', elapsed_seconds: seconds },
})
const summary = { '@message': 'said', '@module': 'terraform.ui', type: 'change_summary' }
const json = (...lines: object[]) => lines.map((line) => JSON.stringify(line)).join('\n')

test.each([
  ['a line that grows when its secrets are hidden', 'abcd-f,'.repeat(9000), 0, 2],
  ['more resources than there are', 'Error: x\n\nPlan: 99999999999 to add, 0 to change, 0 to destroy.', 1, 3],
  ['an address without end', `terraform_data.a["${'k'.repeat(5000)}"]: Creating...`, 0, 1],
  ['an age', 'terraform_data.a: Creation complete after 999999h0m0s', 0, 1],
  [
    'less than no time, and part of a resource',
    json(hook(-5), hook(1e300), { ...summary, changes: { operation: 'apply', add: 1.5 } }),
    0,
    3,
  ],
  ['more warnings than are numbered', `Warnings:\n${'- w\n'.repeat(100_010)}end`, 0, 100_012],
  ['an error without end', `Error: ${'x'.repeat(70_000)}\u0000`, 1, 2],
  ['a backslash before the number of a NUL', String.raw`a\u0000b` + '\u0000', 0, 1],
  [
    'a version without end',
    json({ '@message': 'said', '@module': 'terraform.ui', type: 'version', terraform: '1'.repeat(200) }),
    0,
    1,
  ],
] as const)(
  'a record survives %s',
  async (_, output, code, lines) => {
    const place = await world.place('', 'odd', { DB_PASSWORD: 'abcd-f' })
    const run = await place.record(['refresh', '-json'], printing(place, output, code))
    expect(run).toMatchObject({ code, err: expect.not.stringContaining('refused') })
    // A long one may take longer than the terminal waits.
    expect(await place.throughline('deliver')).toMatchObject({ code: 0, err: '' })
    const { status, id, logged } = await read(place)
    expect(status).toBe(code === 0 ? 'success' : 'failed')
    expect(logged.map(({ line }) => line)).toEqual(numbers(Math.min(lines, 5000)))
    const shown = (await (await world.worker.fetch(`/api/deployments/${id}`)).json()) as Record<string, unknown>
    expect(shown).toMatchObject({ logs: { lines }, operations: [{ exit_code: code }] })
    expect(existsSync(join(place.home, 'throughline/rejected'))).toBe(false)
  },
  60_000,
)

test('a text keeps what stands around a NUL', async () => {
  const place = await world.place('', 'odd/nul')
  await place.record(['refresh'], printing(place, `${String.raw`a\u0000b`}\u0000c`))
  const { logged } = await read(place)
  expect(logged.map(({ text }) => text)).toEqual([String.raw`a\u0000b` + '\uFFFDc'])
})

test('what the server refuses of a batch is put aside alone', async () => {
  const away = new Network(world.url())
  away.decide = (wish) => (wish === 'state' ? 'passes' : { status: 503 })
  const url = await away.listen()
  const place = await world.place('', 'odd/old', { THROUGHLINE_URL: url })
  await place.record(['refresh'], printing(place, 'one\ntwo\nthree'))
  const [key = ''] = leftIn(place).runs
  const file = join(place.spool, key, '000001.ndjson')
  const strange = { type: 'resource', operation: 1, address: '', action: 'create', status: 'success', at: 'now' }
  const text = readFileSync(file, 'utf8').replace('"two"', `"${'t'.repeat(70_000)}"`)
  writeFileSync(file, `${JSON.stringify(strange)}\n${text}`)
  away.decide = () => 'passes'
  expect(await place.throughline('deliver')).toMatchObject({ out: '1 run delivered, 0 waiting, 0 refused.\n' })
  const { status, logged } = await read(place)
  expect([status, logged.map((line) => line.text)]).toEqual(['success', ['one', '(this line was refused)', 'three']])
  const aside = join(place.home, 'throughline/rejected', key)
  expect(namesIn(aside)).toEqual(['000001.ndjson', 'problem.txt'])
  expect(readFileSync(join(aside, '000001.ndjson'), 'utf8').split('\n')).toHaveLength(3)
  await away.stop()
})

test('a batch of which too much is refused is put aside, and the run still ends', async () => {
  const away = new Network(world.url())
  away.decide = () => ({ status: 503 })
  const place = await world.place('', 'odd/bad', { THROUGHLINE_URL: await away.listen() })
  await place.record(['refresh'], printing(place, 'one'))
  const [key = ''] = leftIn(place).runs
  writeFileSync(join(place.spool, key, '000001.ndjson'), '{"type":"none"}\n'.repeat(100))
  away.decide = () => 'passes'
  expect(await place.throughline('deliver')).toMatchObject({ out: '1 run delivered, 0 waiting, 0 refused.\n' })
  expect(away.wishes.filter((wish) => wish === 'events').length).toBeLessThan(30)
  expect(await read(place)).toMatchObject({ status: 'success' })
  await away.stop()
})

test('a run whose token has gone is delivered by another one', async () => {
  const issue = async (...scopes: string[]) => {
    const answer = await world.worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes } })
    return (await answer.json()) as { id: string; token: string }
  }
  const [old, other] = [await issue('deployments:write', 'read'), await issue('deployments:write')]
  const away = new Network(world.url())
  away.decide = (wish) => (wish === 'create' ? 'passes' : { status: 503 })
  const place = await world.place('', '', { THROUGHLINE_URL: await away.listen(), THROUGHLINE_TOKEN: old.token })
  await place.record(['refresh'], printing(place, 'one'))
  expect(leftIn(place).runs).toHaveLength(1)
  away.decide = () => 'passes'
  const deliver = async () => place.start([throughline, 'deliver'], { THROUGHLINE_TOKEN: other.token }).ended
  expect(await deliver()).toMatchObject({ code: 1, out: '0 runs delivered, 1 waiting, 0 refused.\n' })
  await world.worker.fetch(`/api/tokens/${old.id}`, { method: 'DELETE' })
  expect(await deliver()).toMatchObject({ code: 0, out: '1 run delivered, 0 waiting, 0 refused.\n' })
  expect(await read(place)).toMatchObject({ runs: 1, status: 'success', logged: [{ text: 'one' }] })
  await away.stop()
})
