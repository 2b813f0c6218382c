import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = join(import.meta.dirname, '../throughline')

test('the command line starts from anywhere, by a link to a link, whatever Node the shell has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-start-'))
  writeFileSync(join(folder, 'node'), '#!/bin/sh\nexit 9\n', { mode: 0o755 })
  symlinkSync(program, join(folder, 'first'))
  symlinkSync('first', join(folder, 'throughline'))
  const env = { PATH: `${folder}:${process.env['PATH']}` }
  const calls = [
    [join(folder, 'throughline'), 'help'],
    ['throughline', 'help'],
    ['sh', program, 'help'],
    ['sh', '-c', `cd ${join(program, '..')} && sh throughline help`],
  ]
  const results = calls.map(([name = '', ...args]) => spawnSync(name, args, { cwd: folder, env, encoding: 'utf8' }))
  rmSync(folder, { recursive: true })
  const told = results.map(({ status, stdout, stderr }) => ({
    status,
    stderr,
    isHelp: stdout.includes('throughline terraform'),
  }))
  expect(told).toEqual(calls.map(() => ({ status: 0, stderr: '', isHelp: true })))
})
