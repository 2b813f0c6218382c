import { globSync, readFileSync } from 'node:fs'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')

/** Suites that need a program which npm cannot install. */
const needs = [
  {
    folder: 'tests/terraform',
    programs: ['terraform'],
    install: 'see https://developer.hashicorp.com/terraform/install (Debian has no package of it)',
  },
  {
    folder: 'tests/browser',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    install: 'apt-get install chromium',
  },
] as const

export type Missing = { readonly folder: string; readonly suites: number; readonly sentence: string }

/** The suites that cannot run here, and what to do about it. */
export function missingSuites(path: string): Missing[] {
  return needs.flatMap(({ folder, programs, install }) => {
    const suites = globSync(`${folder}/**/*.test.ts`, { cwd: root }).length
    if (suites === 0 || programs.some((program) => isOn(path, program))) return []
    return [{ folder, suites, sentence: `${folder} needs ${programs[0]}. To install it: ${install}.` }]
  })
}

function isOn(path: string, program: string): boolean {
  return path.split(delimiter).some((folder) => existsSync(join(folder, program)))
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
