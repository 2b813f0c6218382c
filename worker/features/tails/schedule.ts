import type { Moment } from '../../platform/clock.ts'
import { transact } from '../../platform/sql.ts'
import { batchesEndedBefore, deleteBatch, deleteOldTickets, retentionDays } from './queries.ts'

/** So many batches go in a minute: what is left goes in the next. */
const atOnce = 200

/** Deletes logs that are too old: the objects first, so that none is left that no row names. */
export async function forgetLogs(env: Env, at: Moment): Promise<void> {
  const db = env.DEPLOYMENT_DB
  await deleteOldTickets(at).run(db)
  const days = await retentionDays(db)
  const expired = await batchesEndedBefore(db, at - days * 86_400_000, atOnce)
  if (expired.length === 0) return
  await env.RECORDS.delete(expired.map(({ r2_key: key }) => key))
  await transact(db, expired.map(deleteBatch))
}
