import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { Cloudflare, CloudflareError } from '../gateway/cloudflare.ts'
import { clockAct, finishEnding } from './ending.ts'
import { beginEnding, claim, dueLeases, findLease, lookAgain, postpone } from './queries.ts'
import type { Ending, LeaseRow } from './queries.ts'
import { reasonOf } from './reason.ts'
import { finishRoll, moveIntoStore } from './rolling.ts'
import { dueOf, untilFor } from './value.ts'

/** How many leases are looked after in one run, and for how many milliseconds others are begun. */
const atOnce = 15
const working = 40_000

/** Ends what has expired, and finishes what broke off. What fails waits longer each time, and lets the others go on. */
export async function tendLeases(env: Env, at: Moment): Promise<void> {
  const due = await dueLeases(env.DEPLOYMENT_DB, at, atOnce)
  if (due.length === 0) return
  const cloudflare = open(env)
  if (!cloudflare) return
  for (const lease of due) {
    if (now() - at > working || (await tendOne(env, cloudflare, lease)) === 'wait') break
  }
  await hint(env)
}

function open(env: Env): Cloudflare | null {
  try {
    return new Cloudflare(env)
  } catch (error) {
    console.error({ leases: reasonOf(error) })
    return null
  }
}

/** @returns `wait` when Cloudflare has had as many calls as it takes for now */
async function tendOne(env: Env, cloudflare: Cloudflare, lease: LeaseRow): Promise<'wait' | null> {
  const db = env.DEPLOYMENT_DB
  const at = now()
  const until = untilFor(at)
  if ((await claim(lease, until).run(db)) === 0) return null
  const held = lease.state === 'rolling' ? { ...lease, unsettled_until: until.settled } : lease
  try {
    await tend(env, cloudflare, held, at)
    return null
  } catch (error) {
    const isEarly = error instanceof CloudflareError && error.status === 429
    const wait = isEarly ? 60_000 : Math.min(60_000 * 2 ** lease.attempts, 3_600_000)
    await postpone(lease, at + wait, reasonOf(error)).run(db)
    return isEarly ? 'wait' : null
  }
}

async function tend(env: Env, cloudflare: Cloudflare, lease: LeaseRow, at: Moment): Promise<void> {
  const { state, sealed, row, expires_at: expiresAt } = lease
  if (state === 'revoking') return void (await finishEnding(env, cloudflare, lease))
  if (state === 'creating') return end(env, cloudflare, row, 'unfinished', at)
  if (expiresAt <= at) return end(env, cloudflare, row, 'expired', at)
  const rolled = clockAct('lease.roll', lease, at)
  if (state === 'rolling') return finishRoll(env, cloudflare, lease, rolled)
  if (sealed !== null) return moveIntoStore(env, cloudflare, lease, rolled)
  await lookAgain(row, dueOf(expiresAt, false, at)).run(env.DEPLOYMENT_DB)
}

async function end(env: Env, cloudflare: Cloudflare, row: number, why: Ending, at: Moment): Promise<void> {
  await beginEnding(row, why, untilFor(at).due, at).run(env.DEPLOYMENT_DB)
  const lease = await findLease(env.DEPLOYMENT_DB, { row })
  if (lease) await finishEnding(env, cloudflare, lease)
}
