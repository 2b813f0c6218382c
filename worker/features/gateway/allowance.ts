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

const budgetOf = (env: Env) => env.CALL_BUDGET.getByName('account')

/** Who calls: `background` is given what nobody waits for. */
type Caller = { readonly name: string; readonly isRoot: boolean; readonly background: (work: Promise<unknown>) => void }

/** The control plane itself, in its flows and crons: like the owner it may use the head room. */
const itself = 'throughline'

/** Counts a call of Cloudflare's API. @throws Refused (429) with `Retry-After` when the client has had its part */
export async function spend(c: AppContext, principal: Principal): Promise<void> {
  const background = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  await spendAs(c.env, { name: clientOf(principal), isRoot: principal.scopes === 'all', background })
}

/** Counts a call that the control plane makes itself. @throws Refused (429) with `Retry-After` */
export async function spendOwn(env: Env): Promise<void> {
  // What nobody waits for is lost, and taken again.
  await spendAs(env, { name: itself, isRoot: true, background: (work) => void work.catch(() => {}) })
}

async function spendAs(env: Env, caller: Caller): Promise<void> {
  const { name } = caller
  const known = left.get(name)
  if (known && known.calls > 0 && known.until > now()) {
    known.calls -= 1
    // Taken before they are needed, so that no call waits for it.
    if (known.calls === soon) caller.background(take(env, caller))
    return
  }
  const { granted, wait } = await take(env, caller)
  const taken = left.get(name)
  if (granted === 0 || !taken) throw tooMany(wait)
  taken.calls -= 1
}

async function take(env: Env, { name, isRoot }: Caller): Promise<Share> {
  const share = await budgetOf(env).take(name, atOnce, isRoot)
  if (share.granted === 0) return share
  if (left.size >= 1000) left.clear()
  const known = left.get(name)
  const kept = known && known.until > now() ? known.calls : 0
  left.set(name, { calls: kept + share.granted, until: now() + keptFor })
  return share
}

/** Notes what Cloudflare says of the calls that are left: when there are none, nobody calls until there are. */
export async function heed(env: Env, { status, headers }: Response): Promise<void> {
  const [, rest, seconds] = /;r=(\d+);t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? []
  if (status === 429) await lock(env, Number(headers.get('retry-after') ?? Number.NaN))
  else if (rest === '0') await lock(env, Number(seconds))
}

async function lock(env: Env, seconds: number): Promise<void> {
  left.clear()
  await budgetOf(env).lock(Number.isFinite(seconds) ? Math.min(seconds * 1000, period) : 10_000)
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
