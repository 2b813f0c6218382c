import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'throughline-fork-'))
afterAll(() => rmSync(folder, { recursive: true }))

const root = join(import.meta.dirname, '..')
const { app } = JSON.parse(readFileSync(join(root, 'cdktf.json'), 'utf8')) as { app: string }

/** What a synthesis writes, by file: parsed, with the library's version apart. It is run as the command lines run it. */
function synthesise(library: string, options = '') {
  const outdir = join(folder, library)
  const { status, stderr } = spawnSync(app, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    env: {
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
      NODE_OPTIONS: options,
      CDKTF_OUTDIR: outdir,
    },
  })
  expect([status, stderr]).toEqual([0, ''])
  const versions = new Set<unknown>()
  const withoutVersion = (name: string, value: unknown) => {
    if (name !== 'version' || !/^0\.2\d\.\d$/.test(String(value))) return value
    versions.add(value)
    return undefined
  }
  const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  const written = files.map((name) => [name, JSON.parse(readFileSync(join(outdir, name), 'utf8'), withoutVersion)])
  return { versions: [...versions], written: Object.fromEntries(written) as Record<string, unknown> }
}

test('the maintained fork synthesises the same, file by file', () => {
  const [own, fork] = [synthesise('cdktf'), synthesise('cdktn', '--import ./stacks/with-fork.ts')]
  expect([own.versions, fork.versions]).toEqual([['0.21.0'], ['0.24.0']])
  expect(Object.keys(own.written)).toHaveLength(6)
  expect(fork.written).toEqual(own.written)
})
