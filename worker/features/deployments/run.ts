import { Problem } from '../../platform/problem.ts'

/** Every status of a run, and where it may go from there. What has ended stays as it ended. */
export const successors = {
  pending: ['in_progress', 'canceled', 'failed', 'abandoned'],
  in_progress: ['success', 'failed', 'canceled', 'abandoned'],
  success: [],
  failed: [],
  canceled: [],
  abandoned: [],
} as const satisfies Record<string, readonly string[]>

export type RunStatus = keyof typeof successors

/** The status after a step. @throws Problem (conflict) when there is no such step. */
export function advance(from: RunStatus, to: RunStatus): RunStatus {
  const next: readonly RunStatus[] = successors[from]
  if (!next.includes(to)) throw new Problem('conflict', `A run that is ${from} cannot become ${to}.`)
  return to
}

/** How a run stands; an outcome that was inferred nobody has reported. */
export type Standing = { readonly status: RunStatus; readonly inferred: boolean }

/** Whether a run has ended. */
export function hasEnded(status: RunStatus): boolean {
  return successors[status].length === 0
}

/**
 * The step that a report is for a run: one that says only that the run lives (null) wakes it if it was taken for dead,
 * and a reported ending corrects an inferred one. The same again is no step, but the first report settles what was inferred.
 * @throws Problem (conflict) when it contradicts what was reported before.
 */
export function stepOf({ status, inferred }: Standing, reported: RunStatus | null): RunStatus | null {
  const ended = hasEnded(status)
  if (reported === null) return ended && inferred ? 'in_progress' : null
  if (ended && inferred) return reported
  return reported === status ? null : advance(status, reported)
}

/** What was seen of a run when its lock was released. */
export type Seen = { readonly operation: string | null; readonly writes: number; readonly tainted: number }

const applying = new Set(['apply', 'destroy'])

/** Concludes how a run ended from its writes alone: Terraform marks what it could not finish as tainted. */
export function conclude({ operation, writes, tainted }: Seen): {
  status: 'success' | 'failed'
  reason: string | null
} {
  if (operation === null || !applying.has(operation) || writes === 0 || tainted === 0)
    return { status: 'success', reason: null }
  const what = tainted === 1 ? '1 resource is' : `${tainted} resources are`
  return { status: 'failed', reason: `${what} tainted in the last state this run wrote.` }
}

/** Operations that change what the state knows, not what exists: an addition is an import, a removal is forgotten. */
const bookkeeping = new Set(['import', 'state-rm', 'state-mv', 'state-push', 'migrate', 'other'])

export function isBookkeeping(operation: string): boolean {
  return bookkeeping.has(operation)
}

/** What a write tells of an operation that the lock left open. */
export function operationAfterWrite(operation: string, before: number, after: number): string {
  if (operation === 'other') return 'import'
  return operation === 'apply' && before > 0 && after === 0 ? 'destroy' : operation
}
