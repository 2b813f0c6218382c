import type { ProblemKind } from '../../platform/problem.ts'
import type { Caller } from './journal.ts'
import type { Lock } from './lock.ts'

/**
 * What a ledger answers. A refusal is a value: an exception would cross the RPC as one of ours without its kind.
 */
export type Refused = { readonly kind: 'problem'; readonly problem: ProblemKind; readonly reason: string }

export type LockOutcome =
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly holder: Lock | null; readonly reason: string }

export type UnlockOutcome =
  | { readonly kind: 'free' }
  | { readonly kind: 'forbidden' }
  | Extract<LockOutcome, { kind: 'refused' }>

export type WriteRequest = {
  readonly lockId: string | null
  readonly md5: string | null
  readonly mayForce: boolean
  readonly caller: Caller
}

export type Stored = { readonly kind: 'stored'; readonly version: number; readonly serial: number }

export type WriteOutcome =
  | Stored
  | {
      readonly kind: 'refused'
      readonly status: 'locked' | 'conflict'
      readonly holder: Lock | null
      readonly reason: string
    }
  | Refused

export type RollbackOutcome = Stored | Refused

export type DeleteOutcome = { readonly kind: 'deleted' } | Refused

/** The diff is JSON: an RPC has no type for values that may be anything. */
export type DiffOutcome = { readonly kind: 'compared'; readonly diff: string } | Refused
