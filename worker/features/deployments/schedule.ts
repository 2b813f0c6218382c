import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromBit } from '../../platform/columns.ts'
import { isBrokenAssertion, sql, transact } from '../../platform/sql.ts'
import { deleteExpiredLoans, forgetIdentities } from '../access/queries.ts'
import { ledgerOf } from '../states/ledger.ts'
import { abandonRun } from './ending.ts'
import { noteAlive } from './projection.ts'
import { DeploymentStatus } from './schema.ts'

/** A recorded run this long silent is looked at, in milliseconds. */
const silence = 900_000

const Silent = z.object({
  row: z.int(),
  run_key: z.string(),
  status: DeploymentStatus,
  inferred: fromBit,
  started: z.int(),
  heard: z.int(),
  state: z.string().nullable(),
})

/** Recorded runs in progress that nothing has been heard of since a moment, the longest silent first. */
async function silentRuns(db: D1Database, since: Moment) {
  return sql`select d.id as row, d.run_key, d.status, d.inferred, d.started_at as started, d.updated_at as heard,
      s.name as state
    from deployments d left join states s on s.id = d.state_id
    where d.status = 'in_progress' and d.source = 'recorded' and d.started_at < ${since} and d.updated_at < ${since}
    order by d.updated_at limit 50`.all(db, Silent)
}

/**
 * Takes recorded runs for dead of which nothing is heard any more, and forgets their tokens once these have expired. One that holds a lock is left alone however silent
 * it is, as a plain run is: age does not prove that it is dead.
 */
export async function abandonSilentRuns(env: Env, at: Moment): Promise<void> {
  await transact(env.DEPLOYMENT_DB, [deleteExpiredLoans(at), forgetIdentities(at)])
  for (const run of await silentRuns(env.DEPLOYMENT_DB, at - silence)) {
    const key = { state: run.state ?? '', run: run.run_key, recorded: true }
    const isOver = run.state === null || (await ledgerOf(env, run.state).isOver(run.run_key))
    const reason = 'Nothing was heard of its recorder for 15 minutes, and it holds no lock.'
    try {
      await transact(env.DEPLOYMENT_DB, isOver ? abandonRun(run, reason, run.heard) : [noteAlive(key, at)])
    } catch (error) {
      // It was heard of just now.
      if (!isBrokenAssertion(error)) throw error
    }
  }
}
