import type { Moment } from '../../platform/clock.ts'
import { transact } from '../../platform/sql.ts'
import { finishRun, noteAlive } from '../deployments/projection.ts'
import { ledgerOf } from './ledger.ts'
import { silentRuns } from './queries.ts'

/** A run this long silent is looked at, in milliseconds. */
const silence = 60_000

/**
 * Ends runs whose client died and whose lock went away without a word to us: the ledger knows the lock no more.
 * A lock that is still held is left alone however old it is, since age does not prove that its holder is dead.
 */
export async function abandonRuns(env: Env, at: Moment): Promise<void> {
  for (const silent of await silentRuns(env.DEPLOYMENT_DB, at - silence)) {
    const key = { ...silent, recorded: false }
    const isOver = await ledgerOf(env, key.state).isOver(key.run)
    const end = () => finishRun(key, 'abandoned', 'Its lock is gone, and nothing told how the run ended.', at)
    await transact(env.DEPLOYMENT_DB, isOver ? end() : [noteAlive(key, at)])
  }
}
