import { z } from '@hono/zod-openapi'
import type { Principal } from '../../platform/principal.ts'
import { sql } from '../../platform/sql.ts'

const Owner = z.object({ recorder: z.string().nullable(), recorded_by: z.int().nullable(), credential: z.string() })

/**
 * The recorded run that a caller's locks and writes are part of, or null. Whoever a run starts sees its key, so the key
 * alone proves nothing: it takes the run's own token, or, when the recorder could not fetch one, the recorder's.
 */
export async function joinedRun(db: D1Database, { run, token, name, isRunToken }: Principal): Promise<string | null> {
  if (run === null || isRunToken || token === null) return run
  const owner = await sql`select recorder, recorded_by, credential from deployments
    where run_key = ${run} and source = 'recorded'`.first(db, Owner)
  if (owner === null) return run
  const isOwn = owner.recorder === null ? owner.credential === name : owner.recorded_by === token
  return isOwn ? run : null
}
