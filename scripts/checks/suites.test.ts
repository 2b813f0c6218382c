import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingSuites, tallyOf } from './suites.ts'

test('names the suites whose program is missing, and how to install it', () => {
  const [terraform] = missingSuites('')
  expect(terraform).toMatchObject({ folder: 'tests/terraform', sentence: expect.stringContaining('To install it: ') })
  expect(terraform?.suites).toBeGreaterThan(0)
})

test('asks nothing of a machine that has the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-path-'))
  for (const program of ['terraform', 'chromium', 'gh']) writeFileSync(join(folder, program), '')
  expect(missingSuites(`/nowhere:${folder}`)).toEqual([])
  rmSync(folder, { recursive: true })
})

test('counts a suite that does not load as failed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-tally-'))
  const file = join(folder, 'report.json')
  const counts = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }
  const testResults = [
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
    { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    { status: 'failed', assertionResults: [] },
  ]
  writeFileSync(file, JSON.stringify({ ...counts, testResults }))
  expect(tallyOf(file)).toEqual({ passed: 3, failed: 2, skipped: 3 })
  rmSync(folder, { recursive: true })
})
