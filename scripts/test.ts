import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingSuites, tallyOf } from './checks/suites.ts'
import type { Tally } from './checks/suites.ts'
import { runTool } from './checks/tool.ts'
import { refuseRealAccounts } from './embedded/settings.ts'

const { PATH = '', CI } = process.env
try {
  refuseRealAccounts(process.env, 'The tests never work')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
const missing = missingSuites(PATH)

/** All suites but those whose program is missing; a run that leaves no report is one failure. */
function runSuites(): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-test-'))
  const report = join(folder, 'report.json')
  const ignored = ['/node_modules/', '/.local/', ...missing.map((each) => `/${each.folder}/`)]
  // A test that failed may leave a server behind: it must not keep the run from its end.
  const jest = ['jest', '--ci', '--forceExit', '--maxWorkers=2', '--json', `--outputFile=${report}`]
  runTool([...jest, ...ignored.map((path) => `--testPathIgnorePatterns=${path}`)], 'ignore')
  try {
    return tallyOf(report)
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const checked = runTool(['node', 'scripts/check.ts']) === 0
const suites = runSuites()
const absent = missing.reduce((sum, each) => sum + each.suites, 0)
const strict = CI === 'true'
for (const { sentence } of missing) console.error(`${strict ? 'Failed' : 'Skipped'}: ${sentence}`)

const passed = suites.passed + (checked ? 1 : 0)
const failed = suites.failed + (checked ? 0 : 1) + (strict ? absent : 0)
const skipped = suites.skipped + (strict ? 0 : absent)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
