import { runTool } from './checks/tool.ts'
import { writeTypes } from './checks/types.ts'

/** Types first, because the linter reads them; then every check, also after one that failed. */
const checks: readonly (readonly [string, () => number])[] = [
  ['types of the bindings', writeTypes],
  ['format', () => runTool(['oxfmt', '--check', '.'])],
  ['lint', () => runTool(['oxlint', '--type-aware'])],
  ['types', () => runTool(['tsc', '-b', '--singleThreaded'])],
  ['dead code', () => runTool(['knip'])],
]

const failed = checks.filter(([, run]) => run() !== 0).map(([name]) => name)
if (failed.length > 0) console.error(`These checks failed: ${failed.join(', ')}.`)
process.exitCode = failed.length > 0 ? 1 : 0
