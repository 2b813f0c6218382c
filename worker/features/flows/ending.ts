import type { Moment } from '../../platform/clock.ts'
import type { Statement } from '../../platform/sql.ts'
import { audited } from '../audit/audit.ts'
import { endFlowRun } from '../deployments/flow-run.ts'
import { flowOf } from './flows.ts'
import { changeRun } from './queries.ts'
import type { Failure, LiveRun } from './queries.ts'

type Ending = { readonly status: 'success' | 'failed'; readonly result?: unknown; readonly error?: Failure }

/** Ends a run, and with it its deployment. That it failed is an act, since that it was accepted is one. */
export function endRun(run: LiveRun, { status, ...more }: Ending, at: Moment): Statement[] {
  const reason = run.error?.detail ?? null
  const deployment =
    run.deployment === null ? [] : endFlowRun(run.deployment, { status, reason, began: run.created }, at)
  const told = audited(
    { ...run.caller, action: flowOf(run.kind).action, subject: run.project, outcome: 'failed', detail: { reason } },
    at,
  )
  return [changeRun(run.row, status, more, at), ...deployment, ...(status === 'failed' ? [told] : [])]
}
