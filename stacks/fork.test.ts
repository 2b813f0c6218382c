import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'throughline-fork-'))
afterAll(() => rmSync(folder, { recursive: true }))

const hook = ['--import', join(import.meta.dirname, 'with-fork.ts')]

/** What a synthesis writes, by file: parsed, with the library's version apart. */
function synthesise(library: string, options: readonly string[]) {
  const outdir = join(folder, library)
  const main = join(import.meta.dirname, 'main.ts')
  const { status, stderr } = spawnSync(process.execPath, ['--disable-warning=DEP0044', ...options, main], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], CDKTF_OUTDIR: outdir },
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
  const [own, fork] = [synthesise('cdktf', []), synthesise('cdktn', hook)]
  expect([own.versions, fork.versions]).toEqual([['0.21.0'], ['0.24.0']])
  expect(Object.keys(own.written)).toHaveLength(6)
  expect(fork.written).toEqual(own.written)
})
