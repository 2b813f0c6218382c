import { randomBytes } from 'node:crypto'
import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { finishEnding } from './ending.ts'
import type { Permission } from './permissions.ts'
import { activate, beginEnding, findLease, insertLease, leaseNamed, noteMade, postpone } from './queries.ts'
import type { LeaseRow } from './queries.ts'
import { reasonOf } from './reason.ts'
import type { NewLease } from './schema.ts'
import { secretNameOf } from './schema.ts'
import { makeToken } from './token.ts'
import { dueOf, isRefusal, provePlace, storeValue, untilFor } from './value.ts'

/** A lease that somebody may have. */
export type Order = {
  readonly asked: NewLease
  readonly permissions: readonly Permission[]
  readonly expiresAt: Moment
  readonly owner: string
  /** The client token it ends with; null for the owner's. */
  readonly client: number | null
  readonly key: string | null
}

/**
 * Makes a token and stores its value. The row comes first, with a name that only this token will have: whatever breaks
 * off is found by it, and undone here or by the clock.
 * @param told goes into the batch that makes it usable. @returns its row
 * @throws Problem, CloudflareError
 */
export async function issueLease(env: Env, cloudflare: Cloudflare, order: Order, told: Statement): Promise<number> {
  await provePlace(env, cloudflare, secretNameOf(order.asked.name))
  const lease = await reserve(env, order)
  let tokenId: string | null = null
  let isStored = false
  try {
    const token = await makeToken(cloudflare, { ...lease, permissions: order.permissions, expiresAt: order.expiresAt })
    tokenId = token.id
    const stored = await storeValue(env, cloudflare, lease, token)
    isStored = true
    const due = dueOf(order.expiresAt, 'sealed' in stored, now())
    const done = [activate(lease, token.id, stored, due, null), must(sql`changes() = 1`), told]
    await transact(env.DEPLOYMENT_DB, done).catch((error: unknown) => {
      throw isBrokenAssertion(error) ? endedMeanwhile() : error
    })
    return lease.row
  } catch (error) {
    await giveUp(env, cloudflare, lease, { tokenId, isSettled: isRefusal(error) && !isStored })
    throw error
  }
}

async function reserve(env: Env, { asked, owner, client, key, expiresAt }: Order): Promise<LeaseRow> {
  const at = now()
  const label = `throughline lease ${asked.name} ${randomBytes(12).toString('hex')}`
  const until = untilFor(at)
  await insertLease(asked, { label, owner, client, key, expiresAt, until }, at).run(env.DEPLOYMENT_DB)
  const lease = await findLease(env.DEPLOYMENT_DB, { label })
  if (lease) return lease
  await proveNameIsFree(env, asked.name)
  throw new Problem('conflict', 'A request with this Idempotency-Key is being answered.')
}

/** @throws Problem (conflict) that names the lease which has the name */
export async function proveNameIsFree(env: Env, name: string): Promise<void> {
  const secretName = secretNameOf(name)
  const other = await leaseNamed(env.DEPLOYMENT_DB, secretName)
  if (other === null) return
  const id = `lease-${String(other).padStart(9, '0')}`
  throw new Problem('conflict', `The secret ${secretName} is that of ${id}: revoke that, or take another name.`)
}

function endedMeanwhile(): Problem {
  return new Problem('conflict', 'It took too long, or the token that asked for it was deleted meanwhile.')
}

/** Undoes what was made. What cannot be undone now is left to the clock, whose row says what to look for. */
async function giveUp(
  env: Env,
  cloudflare: Cloudflare,
  { row }: LeaseRow,
  { tokenId, isSettled }: { readonly tokenId: string | null; readonly isSettled: boolean },
): Promise<void> {
  const db = env.DEPLOYMENT_DB
  const at = now()
  await transact(db, [noteMade(row, tokenId, isSettled), beginEnding(row, 'unfinished', at, at)])
  const lease = isSettled ? await findLease(db, { row }) : null
  if (!lease) return
  try {
    await finishEnding(env, cloudflare, lease)
  } catch (error) {
    await postpone(lease, now(), reasonOf(error)).run(db)
  }
}
