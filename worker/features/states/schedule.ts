import type { Moment } from '../../platform/clock.ts'
import { transact } from '../../platform/sql.ts'
import { finishRun } from '../deployments/projection.ts'
import { ledgerOf } from './ledger.ts'
import { silentRuns } from './queries.ts'

/** A run this long silent is looked at, in milliseconds. */
const silence = 60_000

/**
 * Ends runs whose client died and whose lock went away without a word to us: the ledger knows the lock no more.
 * A lock that is still held is left alone however old it is, since age does not prove that its holder is dead.
 */
export async function abandonRuns(env: Env, at: Moment): Promise<void> {
  for (const { state, run } of await silentRuns(env.DEPLOYMENT_DB, at - silence)) {
    if (!(await ledgerOf(env, state).isOver(run))) continue
    const reason = 'Its lock is gone, and nothing told how the run ended.'
    await transact(env.DEPLOYMENT_DB, finishRun({ state, run }, 'abandoned', reason, at))
  }
}
