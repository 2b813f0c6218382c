import { table } from '../cli/table.ts'
import { Refusal } from '../embedded/refusal.ts'
import type { Stack } from './synthesised.ts'

/** What became of a stack; `waiting` until it is its turn. */
type Outcome = 'waiting' | 'as declared' | 'applied' | 'failed' | 'interrupted' | `not begun: ${string}`

/** A stack on its way, with what its plan says. Times are milliseconds. */
export type Leg = {
  readonly stack: Stack
  readonly counts: string
  readonly outcome: Outcome
  readonly ms: number
}

/** Whether all that it would do is done. */
export const isDone = ({ outcome }: Leg): boolean => outcome === 'applied' || outcome === 'as declared'

/**
 * Why a stack must not be begun, or null. It waits for what it depends on, as far as that is deployed now; another stack's
 * failure is no reason.
 */
function obstacleOf({ stack }: Leg, legs: readonly Leg[], isInterrupted: boolean): Outcome | null {
  if (isInterrupted) return 'not begun: interrupted'
  const missing = legs.find((leg) => stack.dependencies.includes(leg.stack.name) && !isDone(leg))
  return missing ? `not begun: needs ${missing.stack.name}` : null
}

/**
 * Applies what is waiting, in order. What fails keeps back only what depends on it.
 * @param apply throws a Refusal when it fails
 */
export async function rollOut(
  legs: readonly Leg[],
  apply: (stack: Stack) => Promise<void>,
  interruption: AbortSignal,
): Promise<Leg[]> {
  const ended = [...legs]
  const waiting = legs.filter(({ outcome }) => outcome === 'waiting')
  for (const [at, leg] of legs.entries()) {
    if (leg.outcome !== 'waiting') continue
    const obstacle = obstacleOf(leg, ended, interruption.aborted)
    if (obstacle === null)
      console.log(`\n— ${leg.stack.name}: apply (${waiting.indexOf(leg) + 1} of ${waiting.length})`)
    const began = performance.now()
    const outcome = obstacle ?? (await outcomeOf(apply(leg.stack), interruption))
    ended[at] = { ...leg, outcome, ms: obstacle === null ? performance.now() - began : 0 }
  }
  return ended
}

async function outcomeOf(applied: Promise<void>, interruption: AbortSignal): Promise<Outcome> {
  try {
    await applied
    return 'applied'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    return interruption.aborted ? 'interrupted' : 'failed'
  }
}

/** A line for each stack: what was planned, what became of it, and how long that took. */
export function summary(legs: readonly Leg[]): string {
  return table(
    [
      { head: 'stack', cell: ({ stack }) => stack.name },
      { head: 'plan', cell: ({ counts }) => counts, least: 10 },
      { head: 'outcome', cell: ({ outcome }) => outcome, style: (leg) => (isDone(leg) ? 'green' : 'red') },
      { head: 'time', cell: ({ ms }) => (ms === 0 ? '' : `${(ms / 1000).toFixed(1)} s`) },
    ],
    legs,
  )
}
