import type { Moment } from '../../platform/clock.ts'
import { deleteEndedSessions } from './queries.ts'

/** Forgets what was only kept for a while. */
export async function forgetSessions(env: Env, at: Moment): Promise<void> {
  await deleteEndedSessions(at).run(env.DEPLOYMENT_DB)
}
