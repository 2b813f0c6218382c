import type { Moment } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { hasFallback, seal } from './fallback.ts'
import type { LeaseRow, Stored } from './queries.ts'
import { existingStore, findSecret, placesLeft, putValue, takenBy } from './vault.ts'
import type { Place } from './vault.ts'

/** Milliseconds after which the clock takes up what somebody began and did not finish. */
const patience = 300_000
/** Milliseconds in which a call that broke off may still take effect: beyond the patience, and all that it began. */
const lateness = 900_000
/** How often a full store is asked again, in milliseconds. */
const fullFor = 600_000

/** Until when what begins now is left to whoever began it, and until when a call of it may still take effect. */
export function untilFor(at: Moment): { readonly due: Moment; readonly settled: Moment } {
  return { due: at + patience, settled: at + lateness }
}

/** Whether what began at a moment may go on: later, the clock could be doing the same. */
export function isInTime(begun: Moment, at: Moment): boolean {
  return at - begun < patience / 2
}

/** When the clock next has something to do for an active lease. */
export function dueOf(expiresAt: Moment, isSealed: boolean, at: Moment): Moment {
  return isSealed ? Math.min(expiresAt, at + fullFor) : expiresAt
}

/** Whether Cloudflare said no, so that nothing happened; after any other failure it may have, or may yet. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Problem || (error instanceof CloudflareError && error.status < 500)
}

/** A Worker's binding of the Secrets Store reads one secret and writes none: the setting only says which store. */
export function storeWanted(env: Env): string {
  return env.SECRETS_STORE
}

/**
 * Makes sure that a value will have a place before there is one.
 * @throws Problem: conflict when the name is another's, unavailable when nothing could keep the value; CloudflareError
 */
export async function provePlace(env: Env, cloudflare: Cloudflare, secretName: string): Promise<void> {
  const left = await placesLeft(cloudflare)
  if (left <= 0 && !hasFallback(env)) throw noPlace()
  const store = await existingStore(cloudflare, storeWanted(env))
  if (store !== null && (await findSecret(cloudflare, store, { secretName, label: '' }))) throw takenBy(secretName)
}

/** Stores a token's value where there is a place for it. @throws Problem, CloudflareError */
export async function storeValue(
  env: Env,
  cloudflare: Cloudflare,
  lease: LeaseRow,
  { id, value }: { readonly id: string; readonly value: string },
): Promise<Stored> {
  const { label, secret_name: secretName } = lease
  const place = await putValue(cloudflare, storeWanted(env), { label, secretName, value, known: placeOf(lease) })
  if (place) return { place }
  const sealed = await seal(env, id, value)
  if (sealed === null) throw noPlace()
  return { sealed }
}

export function placeOf({ store_id: store, secret_id: secret }: LeaseRow): Place | null {
  return store === null || secret === null ? null : { store, secret }
}

function noPlace(): Problem {
  return new Problem('unavailable', 'The Secrets Store is full, and the Worker has no usable LEASE_KEY to keep values.')
}
