import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import type { Principal } from '../../platform/principal.ts'
import { period } from './budget.ts'
import type { Share } from './budget.ts'
import { Refused } from './envelope.ts'

/** Calls that are taken at once, so that not every call asks for its own; what is left of them is lost after a while. */
const atOnce = 10
/** How many are left when the next are taken. */
const soon = 3
const keptFor = 20_000
const left = new Map<string, { calls: number; readonly until: number }>()

const budgetOf = (c: AppContext) => c.env.CALL_BUDGET.getByName('account')

/** Counts a call of Cloudflare's API. @throws Refused (429) with `Retry-After` when the client has had its part */
export async function spend(c: AppContext, principal: Principal): Promise<void> {
  const client = clientOf(principal)
  const known = left.get(client)
  if (known && known.calls > 0 && known.until > now()) {
    known.calls -= 1
    // Taken before they are needed, so that no call waits for it.
    if (known.calls === soon) c.executionCtx.waitUntil(take(c, client, principal))
    return
  }
  const { granted, wait } = await take(c, client, principal)
  const taken = left.get(client)
  if (granted === 0 || !taken) throw tooMany(wait)
  taken.calls -= 1
}

async function take(c: AppContext, client: string, principal: Principal): Promise<Share> {
  const share = await budgetOf(c).take(client, atOnce, principal.scopes === 'all')
  if (share.granted === 0) return share
  if (left.size >= 1000) left.clear()
  const known = left.get(client)
  const kept = known && known.until > now() ? known.calls : 0
  left.set(client, { calls: kept + share.granted, until: now() + keptFor })
  return share
}

/** Notes what Cloudflare says of the calls that are left: when there are none, nobody calls until there are. */
export async function heed(c: AppContext, { status, headers }: Response): Promise<void> {
  const [, rest, seconds] = /;r=(\d+);t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? []
  if (status === 429) await lock(c, Number(headers.get('retry-after') ?? Number.NaN))
  else if (rest === '0') await lock(c, Number(seconds))
}

async function lock(c: AppContext, seconds: number): Promise<void> {
  left.clear()
  await budgetOf(c).lock(Number.isFinite(seconds) ? Math.min(seconds * 1000, period) : 10_000)
}

function tooMany(wait: number): Refused {
  const seconds = Math.ceil(wait / 1000)
  const reason = {
    code: 971,
    message: 'Please wait and consider throttling your request speed',
    error_chain: [{ code: 971, message: "This client has had its part of the account's 1,200 calls in five minutes." }],
  }
  return new Refused(429, reason, { 'retry-after': String(seconds) })
}

function clientOf({ name, token }: Principal): string {
  return token === null ? name : idOf('tok', token)
}
