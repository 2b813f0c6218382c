import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { client, info, state } from '../../worker/testing-states.ts'
import { startCli } from './cli.ts'

const cli = startCli()
const terraform = client(cli.worker)

/** Writes versions of a state as Terraform does, and returns what they are. */
async function written(name: string, serials: number[]): Promise<string[]> {
  const texts = serials.map((serial) => state(serial, [{ name: `r${serial}` }]))
  const lock = info()
  await terraform.lock(name, lock)
  for (const text of texts) await terraform.push(name, text, lock.ID)
  await terraform.unlock(name, lock)
  return texts
}

const push = (name: string, input: string, ...options: string[]) =>
  cli.begin(['state', 'push', ...options, name, '-'], { input }).ended

describe('state pull', () => {
  test('prints any version byte by byte', async () => {
    const [first, second] = await written('pulled/a', [1, 2])
    expect(await cli.run('state', 'pull', 'pulled/a')).toEqual(
      expect.objectContaining({ code: 0, out: second, err: '' }),
    )
    expect(await cli.run('state', 'pull', '--serial', '1', 'pulled/a')).toMatchObject({ code: 0, out: first })
    const missing = await cli.run('state', 'pull', '--serial', '3', 'pulled/a')
    expect(missing).toMatchObject({ code: 1, out: '', err: expect.stringContaining('serial 3') })
  })

  test('writes a file that only its owner reads, whole or not at all', async () => {
    const [text] = await written('pulled/b', [1])
    const cwd = await cli.folder()
    await writeFile(join(cwd, 'old.tfstate'), 'before', { mode: 0o644 })
    for (const file of ['new.tfstate', 'old.tfstate']) {
      const { code, out } = await cli.begin(['state', 'pull', '-o', file, 'pulled/b'], { cwd }).ended
      expect([code, out]).toEqual([0, ''])
      expect(await readFile(join(cwd, file), 'utf8')).toBe(text)
      expect((await stat(join(cwd, file))).mode & 0o777).toBe(0o600)
    }
    const { url } = await cli.disturbed({ method: 'GET', nth: 1, kind: 'connection cut after' })
    const cut = await cli.begin(['state', 'pull', '-o', 'old.tfstate', 'pulled/b'], {
      cwd,
      env: { THROUGHLINE_URL: url },
    }).ended
    expect(cut).toMatchObject({ code: 1, err: expect.stringContaining('cannot be reached') })
    expect((await readdir(cwd)).toSorted()).toEqual(['new.tfstate', 'old.tfstate'])
    expect(await cli.begin(['state', 'pull', '-o', '/no/such/x', 'pulled/b']).ended).toMatchObject({
      code: 1,
      err: '/no/such/x cannot be written: ENOENT.\n',
    })
  })

  test('a token for one state opens no other', async () => {
    await written('pulled/mine', [1])
    await written('pulled/theirs', [1])
    const env = { THROUGHLINE_TOKEN: await cli.token('state:pulled/mine') }
    expect(await cli.begin(['state', 'pull', 'pulled/mine'], { env }).ended).toMatchObject({ code: 0 })
    const refused = await cli.begin(['state', 'pull', 'pulled/theirs'], { env }).ended
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('the scope plan:pulled/theirs') })
  })
})

describe('state push', () => {
  test('stores newer bytes as they are, and the same again', async () => {
    const [text = ''] = await written('pushed/a', [3])
    const newer = text.replace('"serial": 3', '"serial": 9')
    for (const _ of [1, 2]) {
      expect(await push('pushed/a', newer)).toMatchObject({
        code: 0,
        out: '',
        err: expect.stringContaining('serial 9'),
      })
      expect((await cli.run('state', 'pull', 'pushed/a')).out).toBe(newer)
    }
    expect((await cli.deployments('pushed/a', 3))[1]).toMatchObject({ operation: 'state-push', writes: 1 })
    expect(await cli.isFree('pushed/a')).toBe(true)
  })

  test('begins a state that has no version', async () => {
    expect(await push('pushed/new', state(7))).toMatchObject({ code: 0 })
    expect(await cli.stored('pushed/new')).toMatchObject({ serial: 7 })
  })

  test.each([
    ['the same serial with other bytes', state(3, [{ name: 'other' }]), 'Raise the serial in the file'],
    ['a lower serial', state(2), 'serial 2 is not newer'],
    ['a foreign lineage', state(9, [], 'foreign'), 'it is the history of another state'],
  ])('refuses %s, even with the right to force, unless told', async (title, text, why) => {
    const name = `pushed/${title.replaceAll(' ', '-')}`
    const [before = ''] = await written(name, [3])
    expect(await push(name, text)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(why) })
    expect((await cli.run('state', 'pull', name)).out).toBe(before)

    const env = { THROUGHLINE_TOKEN: await cli.token(`state:${name}`) }
    const limited = await cli.begin(['state', 'push', '--force', name, '-'], { input: text, env }).ended
    expect(limited).toMatchObject({ code: 1, err: expect.stringContaining(`force:${name}`) })

    expect(await push(name, text, '--force')).toMatchObject({ code: 0 })
    expect((await cli.run('state', 'pull', name)).out).toBe(text)
    expect(await cli.isFree(name)).toBe(true)
  })
})

test('state list and state show tell who holds a lock, and the versions', async () => {
  await written('shown/a', [1, 2])
  const lock = { ...info(), Who: 'bob@desk', ID: 'lock-of-bob' }
  await terraform.lock('shown/a', lock)
  await cli.locked('shown/a')
  const listed = await cli.run('state', 'list')
  expect(listed).toMatchObject({ code: 0, err: '' })
  expect(listed.out).toMatch(/^NAME +SERIAL +RESOURCES +SIZE +UPDATED +LOCKED BY\n/)
  expect(listed.out).toMatch(/^shown\/a +2 +1 +\d+ bytes +.* bob@desk$/m)
  const shown = await cli.run('state', 'show', 'shown/a')
  expect(shown).toMatchObject({ code: 0, err: '' })
  for (const told of [
    'serial 2, 1 resource',
    'Locked by bob@desk (apply) for',
    'its run is deploy-',
    'force-unlock lock-of-bob',
  ]) {
    expect(shown.out).toContain(told)
  }
  expect(shown.out).toMatch(/^2 +.* deploy-.*\n1 +/m)
  await terraform.unlock('shown/a', lock)
  expect((await cli.run('state', 'show', 'shown/a')).out).toContain('Nobody holds its lock.')
  const json = JSON.parse((await cli.run('state', 'show', '--json', 'shown/a')).out)
  expect(json).toMatchObject({ name: 'shown/a', serial: 2, lock: null })
})
