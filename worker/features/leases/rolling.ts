import { now } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { finishEnding } from './ending.ts'
import { unseal } from './fallback.ts'
import {
  activate,
  beginEnding,
  beginRoll,
  cancelRoll,
  findLease,
  lookAgain,
  noteUnsettled,
  postpone,
} from './queries.ts'
import type { LeaseRow } from './queries.ts'
import { reasonOf } from './reason.ts'
import { rollToken } from './token.ts'
import { dueOf, isInTime, isRefusal, placeOf, storeValue, storeWanted, untilFor } from './value.ts'
import { putValue } from './vault.ts'

/**
 * Gives a lease a new value, in the place of the old one. The old one is dead from the first step on: so what fails after
 * it is done again by the clock, from there, until it is stored.
 * @throws Problem, CloudflareError
 */
export async function rollLease(env: Env, cloudflare: Cloudflare, row: number, told: Statement): Promise<void> {
  const db = env.DEPLOYMENT_DB
  const begun = (await beginRoll(row, untilFor(now())).run(db)) === 1
  const lease = await findLease(db, { row })
  if (!begun || !lease) throw new Problem('conflict', 'It is not active: the clock is busy with it.')
  try {
    await finishRoll(env, cloudflare, lease, told)
  } catch (error) {
    await leave(env, lease, error)
    throw error
  }
}

/** What was refused at the first step did not happen; anything else is finished by the clock. */
async function leave(env: Env, lease: LeaseRow, error: unknown): Promise<void> {
  const isUntouched = error instanceof Untouched
  const at = now()
  const due = dueOf(lease.expires_at, lease.sealed !== null, at)
  const change = isUntouched ? cancelRoll(lease, due) : postpone(lease, at, reasonOf(error))
  await change.run(env.DEPLOYMENT_DB)
}

/** Cloudflare refused to replace a value, so that the old one is as good as before. */
class Untouched extends CloudflareError {}

/** Rolls a lease in the state `rolling`. @throws CloudflareError, Problem */
export async function finishRoll(env: Env, cloudflare: Cloudflare, lease: LeaseRow, told: Statement): Promise<void> {
  const begun = now()
  const id = lease.token_id ?? ''
  const value = await rollToken(cloudflare, lease.kind, id).catch((error: unknown) => {
    throw error instanceof CloudflareError && isRefusal(error)
      ? new Untouched(error.status, error.code, error.message, error.retryAfter)
      : error
  })
  if (value === null) return endMissing(env, cloudflare, lease.row)
  if (!isInTime(begun, now())) throw new CloudflareError(504, 0, 'Cloudflare took too long; the clock rolls it again.')
  const stored = await storeValue(env, cloudflare, lease, { id, value })
  const at = now()
  const due = dueOf(lease.expires_at, 'sealed' in stored, at)
  await settled(env, [activate(lease, id, stored, due, at), must(sql`changes() = 1`), told])
}

/** Somebody deleted the token at Cloudflare: the lease ends. */
export async function endMissing(env: Env, cloudflare: Cloudflare, row: number): Promise<void> {
  const db = env.DEPLOYMENT_DB
  const at = now()
  await beginEnding(row, 'missing', at, at).run(db)
  const lease = await findLease(db, { row })
  if (lease)
    await finishEnding(env, cloudflare, lease).catch(async (error: unknown) => {
      await postpone(lease, now(), reasonOf(error)).run(db)
    })
}

/** Puts a value that was encrypted for want of a place into the store. One that cannot be read any more is rolled. */
export async function moveIntoStore(env: Env, cloudflare: Cloudflare, lease: LeaseRow, told: Statement): Promise<void> {
  const db = env.DEPLOYMENT_DB
  const { row, sealed, label, secret_name: secretName, token_id: id } = lease
  const value = await unseal(env, id ?? '', sealed ?? '')
  if (value === null) return rollLease(env, cloudflare, row, told)
  const until = untilFor(now()).settled
  await noteUnsettled(row, until).run(db)
  const place = await putValue(cloudflare, storeWanted(env), { label, secretName, value, known: placeOf(lease) })
  if (!place) {
    const due = dueOf(lease.expires_at, true, now())
    await transact(db, [noteUnsettled(row, null), lookAgain(row, due)])
    return
  }
  const moved = activate({ ...lease, unsettled_until: until }, id ?? '', { place }, lease.expires_at, null)
  await settled(env, [moved, must(sql`changes() = 1`)])
}

/** Writes an end, unless somebody else has begun to end the lease: then that looks after all that was made. */
async function settled(env: Env, batch: readonly Statement[]): Promise<void> {
  await transact(env.DEPLOYMENT_DB, batch).catch((error: unknown) => {
    if (!isBrokenAssertion(error)) throw error
  })
}
