import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { iso } from '../../platform/clock.ts'

/** Terraform's lock information, as its HTTP backend sends it (`internal/states/statemgr`, LockInfo). */
export const LockInfo = z.object({
  ID: z.string().min(1).max(200),
  Operation: z.string().max(200).default(''),
  Info: z.string().max(2000).default(''),
  Who: z.string().max(500).default(''),
  Version: z.string().max(100).default(''),
  Created: z.string().max(100).default(''),
  Path: z.string().max(2000).default(''),
})
export type LockInfo = z.infer<typeof LockInfo>

/** A lock that is held: what the client said of itself, since when, and with whose token. */
export const Lock = z.object({
  info: LockInfo,
  since: z.int(),
  credential: z.string(),
  /** The recorded run that took it, or null. */
  run: z.string().nullable().default(null),
})
export type Lock = z.infer<typeof Lock>

/** How a lock ended. Its id is never granted again: a late copy of its request would be a lock without a holder. */
export const Ending = z.object({ how: z.enum(['released', 'forced']), at: z.int(), by: z.string() })
export type Ending = z.infer<typeof Ending>

export type LockDecision = 'take' | 'held-already' | 'held-by-another' | 'ended'

/** Whether an id may have the lock. The same id again is the same request, whose reply was lost. */
export function decideLock(held: Lock | null, ending: Ending | null, id: string): LockDecision {
  if (held?.info.ID === id) return 'held-already'
  if (ending) return 'ended'
  return held ? 'held-by-another' : 'take'
}

/** What an UNLOCK asks for: its own lock, one lock whoever holds it, or whatever lock there is. */
export type UnlockRequest =
  | { readonly id: string; readonly force: boolean }
  | { readonly id: null; readonly force: true }

/** Created of a lock that was never taken: OpenTofu sends it with `force-unlock`. */
const zeroTime = '0001-01-01T00:00:00Z'

/** Terraform's `force-unlock` sends no body at all, OpenTofu's an id that it never created. */
export function unlockRequest(body: unknown): UnlockRequest {
  if (body === undefined) return { id: null, force: true }
  const info = LockInfo.parse(body)
  return { id: info.ID, force: info.Operation === '' && (info.Created === zeroTime || info.Created === '') }
}

export type UnlockDecision = 'release' | 'force' | 'free-already' | 'held-by-another'

/** What a token may do to locks: break them, and release one by its id that was taken with another token. */
export type UnlockRights = { readonly credential: string; readonly force: boolean; readonly releaseOthers: boolean }

/**
 * Whether an UNLOCK releases. One whose id ended before is the same request again, whoever holds the lock by now. A refused
 * LOCK tells the holder's id: who may only plan must not end an apply's lock with it.
 */
export function decideUnlock(
  held: Lock | null,
  ending: Ending | null,
  request: UnlockRequest,
  { credential, releaseOthers }: UnlockRights,
): UnlockDecision {
  if (held === null || (request.id !== null && ending)) return 'free-already'
  if (request.id === null) return 'force'
  if (request.id !== held.info.ID || (!releaseOthers && credential !== held.credential)) return 'held-by-another'
  // A client that names no operation looks like a force when it releases its own lock, too.
  return request.force && held.info.Operation !== '' ? 'force' : 'release'
}

const operations: Readonly<Record<string, string>> = {
  OperationTypePlan: 'plan',
  OperationTypeApply: 'apply',
  OperationTypeRefresh: 'refresh',
  'state-rm': 'state-rm',
  'state-mv': 'state-mv',
  'state-push': 'state-push',
  taint: 'taint',
  untaint: 'untaint',
  'migration destination state': 'migrate',
  'migration source state': 'migrate',
}

/** What a lock's Operation is called here. Terraform says "invalid" for import and console: a write tells which. */
export function operationOf(info: LockInfo): string {
  return operations[info.Operation] ?? 'other'
}

/** Who holds a lock, as a sentence: Terraform itself shows the requester in the holder's place. */
export function story(name: string, lock: Lock): string {
  const who = lock.info.Who || `the token "${lock.credential}"`
  return `The state ${name} is locked by ${who} (${operationOf(lock.info)}) since ${iso(lock.since)}, lock ${lock.info.ID}.`
}

/** How long ago, in the largest unit that fits. */
export function age(since: Moment, at: Moment): string {
  const seconds = Math.max(0, Math.round((at - since) / 1000))
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ]
  const [size, unit] = units.find(([length]) => seconds >= length) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}
