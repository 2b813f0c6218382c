import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../../embedded/refusal.ts'
import { stateOf } from '../synthesised.ts'
import type { Stack } from '../synthesised.ts'
import { planInto, terraform } from '../terraform.ts'
import { readRecorded } from './report.ts'
import type { StackReport } from './report.ts'

/** Plans a stack through the recorder, and reports what came of it: a plan that fails is a report, too. */
export async function reportPlan(stack: Stack, env: NodeJS.ProcessEnv): Promise<StackReport> {
  // A plan holds secrets: only this user may read the folder, and it is gone at the end.
  const folder = mkdtempSync(join(tmpdir(), 'throughline-plan-'))
  const file = join(folder, 'report.json')
  const known = { stack: stack.name, state: stateNameOf(stack) }
  try {
    await terraform(stack, ['init', '-input=false'], env)
    const hasChanges = await planInto(join(folder, 'plan'), stack, { ...env, THROUGHLINE_REPORT: file })
    return { ...known, outcome: hasChanges ? 'changes' : 'unchanged', reason: null, ...readRecorded(file) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { ...known, outcome: 'failed', reason: error.message, ...readRecorded(file) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The name of a stack's state on the control plane. */
export function stateNameOf(stack: Stack): string {
  return stateOf(stack).split('/state/')[1] ?? stack.name
}
