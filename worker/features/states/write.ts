import type { Ending, Lock } from './lock.ts'
import { story } from './lock.ts'

/** The newest version of a state. */
export type Head = { readonly serial: number; readonly lineage: string; readonly sha256: string }

/** A whole state that arrived, with the lock id its client named and whether it may push with -force. */
export type Candidate = Head & { readonly lockId: string | null; readonly mayForce: boolean }

export type WriteDecision =
  | { readonly kind: 'store'; readonly forced: boolean }
  | { readonly kind: 'stored-already' }
  | { readonly kind: 'refuse'; readonly status: 'locked' | 'conflict'; readonly reason: string }

/**
 * One compare-and-swap on lock id, lineage and serial. The same bytes again are a success, whoever holds the lock now:
 * they are the same request, whose reply was lost.
 */
export function decideWrite(
  name: string,
  head: Head | null,
  held: Lock | null,
  ending: Ending | null,
  candidate: Candidate,
): WriteDecision {
  if (head?.sha256 === candidate.sha256) return { kind: 'stored-already' }
  const fault = lockFault(name, held, ending, candidate.lockId)
  if (fault) return { kind: 'refuse', ...fault }
  const stale = staleness(name, head, candidate)
  if (stale === null) return { kind: 'store', forced: false }
  // A plain push never sends a regression: under a state-push lock it is exactly `state push -force`.
  if (held?.info.Operation !== 'state-push') return { kind: 'refuse', status: 'conflict', reason: stale }
  if (candidate.mayForce) return { kind: 'store', forced: true }
  const reason = `${stale} Pushing with -force needs the scope force:${name}.`
  return { kind: 'refuse', status: 'conflict', reason }
}

type Fault = { readonly status: 'locked' | 'conflict'; readonly reason: string }

function lockFault(name: string, held: Lock | null, ending: Ending | null, lockId: string | null): Fault | null {
  if ((held?.info.ID ?? null) === lockId) return null
  if (ending) return { status: 'conflict', reason: endedReason(ending, lockId) }
  if (held) return { status: 'locked', reason: story(name, held) }
  return { status: 'conflict', reason: `The lock ${lockId} is not held on ${name}: nobody holds its lock.` }
}

function endedReason(ending: Ending, lockId: string | null): string {
  const when = new Date(ending.at).toISOString()
  if (ending.how === 'forced')
    return `The lock ${lockId} was broken by ${ending.by} at ${when}: this run may no longer write.`
  return `The lock ${lockId} was released at ${when}: this is a late copy of an earlier request.`
}

function staleness(name: string, head: Head | null, { serial, lineage }: Candidate): string | null {
  if (head === null) return null
  if (lineage !== head.lineage) {
    return `The state ${name} has the lineage ${head.lineage}; this one has ${lineage}, so it is the history of another state.`
  }
  if (serial > head.serial) return null
  return `The state ${name} is at serial ${head.serial}; serial ${serial} is not newer, so it would undo what was written since.`
}
