import type { Secrets } from '../../platform/redact.ts'
import { accountIdOf } from '../gateway/account.ts'
import { ownSecrets } from './hiding.ts'
import { logOf } from './log-tailing.ts'
import { arrivalsIn } from './trace.ts'
import type { Arrival } from './trace.ts'

/** Characters that one call of a log takes; the runtime takes 32 MB. */
const longest = 8_000_000
const tries = 3

let known: Secrets | null = null

/**
 * Brings the traces of scripts to their logs. Traces name no account: it is the one that the control plane is set up for.
 * Nothing is printed for an event: whoever tails us would be sent one more.
 */
export async function takeTraces(env: Env, events: readonly unknown[]): Promise<void> {
  const account = accountIdOf(env)
  if (account === null) return
  known ??= ownSecrets(env)
  const calls = [...arrivalsIn(events, known)].flatMap(([script, arrivals]) =>
    parts(arrivals).map((part) => bring(env, { account, script }, part)),
  )
  await Promise.all(calls)
}

/** A call that broke off may have arrived: it is made again under the same name, and counts once. */
async function bring(env: Env, log: { account: string; script: string }, part: readonly Arrival[]): Promise<void> {
  const id = crypto.randomUUID()
  for (let left = tries; ; left -= 1) {
    try {
      return await logOf(env, log).receiveTail(log, id, part)
    } catch (error) {
      if (left === 1) throw error
    }
  }
}

function parts(arrivals: readonly Arrival[]): Arrival[][] {
  const found: Arrival[][] = [[]]
  let size = 0
  for (const arrival of arrivals) {
    size += arrival.body.length
    if (size > longest) found.push([])
    if (size > longest) size = arrival.body.length
    found.at(-1)?.push(arrival)
  }
  return found
}
