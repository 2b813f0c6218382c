import { globSync, readFileSync } from 'node:fs'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')

/** The names under which systems install the browser. */
export const browsers = ['chromium', 'chromium-browser', 'google-chrome'] as const

const installTerraform = 'see https://developer.hashicorp.com/terraform/install (Debian has no package of it)'

/** Suites that need a program which npm cannot install. */
const needs = [
  { folder: 'tests/terraform', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/recorder', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/stand-in', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/stacks', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/bootstrap', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/actions', programs: ['terraform'], install: installTerraform },
  { folder: 'tests/gh', programs: ['gh'], install: 'apt-get install gh' },
  {
    folder: 'tests/browser',
    programs: browsers,
    install: 'apt-get install chromium',
  },
] as const

export type Missing = { readonly folder: string; readonly suites: number; readonly sentence: string }

/** The suites that cannot run here, and what to do about it. */
export function missingSuites(path: string): Missing[] {
  return needs.flatMap(({ folder, programs, install }) => {
    const suites = globSync(`${folder}/**/*.test.ts`, { cwd: root }).length
    if (suites === 0 || findProgram(path, programs) !== undefined) return []
    return [{ folder, suites, sentence: `${folder} needs ${programs[0]}. To install it: ${install}.` }]
  })
}

/** Where the first of these programs that a PATH knows is. */
export function findProgram(path: string, programs: readonly string[]): string | undefined {
  const folders = path.split(delimiter)
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find((file) => existsSync(file))
}

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number }

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

/** Counts Jest's JSON report. A suite that failed without a failed test did not load, or broke around its tests. */
export function tallyOf(file: string): Tally {
  const report = Report.parse(JSON.parse(readFileSync(file, 'utf8')))
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
