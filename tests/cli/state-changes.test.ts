import { client, info, state } from '../../worker/testing-states.ts'
import type { Resource } from '../../worker/testing-states.ts'
import { eventually } from '../../worker/testing.ts'
import { startCli } from './cli.ts'
import { stripStyles } from './terminal.ts'

const cli = startCli()
const terraform = client(cli.worker)
const secret = 'correct-horse-battery'

/** Writes a version for each list of resources, with the serials 1, 2, 3. */
async function written(name: string, ...versions: Resource[][]): Promise<string[]> {
  const lock = info()
  await terraform.lock(name, lock)
  const texts = versions.map((resources, index) => state(index + 1, resources))
  for (const text of texts) await terraform.push(name, text, lock.ID)
  await terraform.unlock(name, lock)
  await cli.deployments(name)
  return texts
}

const changing: Resource[][] = [
  [
    { name: 'kept', attributes: { id: 'k', input: 'first', password: secret } },
    { name: 'gone', attributes: { id: 'g' } },
  ],
  [
    { name: 'kept', attributes: { id: 'k', input: 'sec\u001b[31mond', password: `${secret}-2` } },
    { name: 'made', attributes: { id: 'm' } },
  ],
]

test('state diff tells what differs, attribute by attribute, and no secret', async () => {
  await written('diffed', ...changing)
  const { code, out, err } = await cli.run('state', 'diff', 'diffed')
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^diffed {2}serial 1 \(.* UTC\) → serial 2 \(.* UTC\)\n/)
  expect(out).toContain('~   terraform_data.kept  update\n')
  expect(out).toContain('      input = "first" → ')
  expect(out).toContain('      password = another secret\n')
  expect(out).toMatch(/^-   terraform_data\.gone {2}delete\n {6}id = "g"$/m)
  expect(out).toMatch(/^\+   terraform_data\.made {2}create\n {6}id = "m"$/m)
  expect(out).not.toContain(secret)
  const onTerminal = stripStyles((await cli.onTerminal('throughline state diff diffed', 30).ended).out).replaceAll(
    '\r\n',
    '\n',
  )
  expect(onTerminal).not.toMatch(/[^\P{Cc}\n]/u)

  const same = await cli.run('state', 'diff', '--from', '2', '--to', '2', 'diffed')
  expect(same).toMatchObject({ code: 0, out: expect.stringContaining('Nothing differs that counts.') })
  const json = await cli.run('state', 'diff', '--json', '--from', '1', '--to', '2', 'diffed')
  expect(JSON.parse(json.out)).toMatchObject({ state: 'diffed', from: { serial: 1 }, to: { serial: 2 } })
  expect(json.out).not.toContain(secret)
  expect(await cli.run('state', 'diff', '--to', '7', 'diffed')).toMatchObject({
    code: 1,
    err: expect.stringContaining('serial 7'),
  })
})

test('state rollback makes an old content the newest, unless somebody holds the lock', async () => {
  const [first = ''] = await written('rolled', ...changing)
  const lock = { ...info(), Who: 'bob@desk' }
  await terraform.lock('rolled', lock)
  const refused = await cli.run('state', 'rollback', 'rolled', '1')
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('locked by bob@desk') })
  await terraform.unlock('rolled', lock)
  const done = await cli.run('state', 'rollback', 'rolled', '1')
  expect(done).toEqual(
    expect.objectContaining({ code: 0, err: '', out: 'rolled is as it was at serial 1: version 3, serial 3.\n' }),
  )
  expect((await cli.run('state', 'pull', 'rolled')).out).toBe(first.replace('"serial": 1', '"serial": 3'))
  expect(await cli.run('state', 'rollback', 'rolled', '9')).toMatchObject({
    code: 1,
    err: expect.stringContaining('serial 9'),
  })
})

async function isThere(name: string): Promise<boolean> {
  return (await cli.stored(name)) !== null
}

/** Answers what the command asks on a terminal. */
async function answering(typed: string) {
  const running = cli.onTerminal('throughline state delete deleted/a', 120, { input: null })
  await eventually(
    async () => running.out(),
    (out) => out.includes('Type its name: '),
  )
  running.type(typed)
  return running.ended
}

describe('state delete', () => {
  test('wants the name once more, typed by a person', async () => {
    await written('deleted/a', [])
    const wrong = await answering('deleted/b\n')
    expect(wrong.code).toBe(1)
    expect(wrong.out).toContain('All versions of deleted/a are going to be deleted.')
    expect(wrong.out).toContain('That is not deleted/a: nothing was deleted.')
    expect((await answering('\u0003')).code).toBe(130)
    expect(await isThere('deleted/a')).toBe(true)
    expect(await answering('deleted/a\n')).toMatchObject({
      code: 0,
      out: expect.stringContaining('deleted/a is deleted.'),
    })
    expect(await isThere('deleted/a')).toBe(false)
  })

  test('wants it as an option of a script, and the right to force', async () => {
    await written('deleted/s', [])
    expect(await cli.run('state', 'delete', '--confirm', 'other', 'deleted/s')).toMatchObject({ code: 1, out: '' })
    const env = { THROUGHLINE_TOKEN: await cli.token('read', 'state:deleted/s') }
    const limited = await cli.begin(['state', 'delete', '--confirm', 'deleted/s', 'deleted/s'], { env }).ended
    expect(limited).toMatchObject({ code: 1, err: expect.stringContaining('force:deleted/s') })
    expect(await isThere('deleted/s')).toBe(true)
    const done = await cli.run('state', 'delete', '--confirm', 'deleted/s', 'deleted/s')
    expect(done).toEqual(expect.objectContaining({ code: 0, out: 'deleted/s is deleted.\n', err: '' }))
    expect(await isThere('deleted/s')).toBe(false)
    expect(await cli.run('state', 'delete', '--confirm', 'deleted/s', 'deleted/s')).toMatchObject({ code: 1 })
  })

  test('makes room for an import under the same name', async () => {
    await written('deleted/i', changing[0] ?? [])
    await cli.run('state', 'delete', '--confirm', 'deleted/i', 'deleted/i')
    const brought = await cli.begin(['state', 'import', 'deleted/i', '-'], { input: state(1, [], 'another') }).ended
    expect(brought).toMatchObject({ code: 0, err: '' })
    expect(await cli.stored('deleted/i')).toMatchObject({ lineage: 'another' })
  })
})
