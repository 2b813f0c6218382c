import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** A session of uploads, by its token's hash. */
export type Session = {
  readonly hash: string
  readonly tokenId: number | null
  readonly actor: string
  readonly resource: string
  readonly expiresAt: Moment
}

const SessionRow = z.object({ token_id: z.int().nullable(), actor: z.string() })

export function insertSession({ hash, tokenId, actor, resource, expiresAt }: Session): Statement {
  return sql`insert into upload_sessions (hash, token_id, actor, resource, expires_at)
    values (${hash}, ${tokenId}, ${actor}, ${resource}, ${expiresAt})
    on conflict (hash) do update set token_id = excluded.token_id, actor = excluded.actor, expires_at = excluded.expires_at`
}

/** Whose session a token is of, while it lasts. */
export async function findSession(db: D1Database, hash: string, at: Moment) {
  return sql`select token_id, actor from upload_sessions where hash = ${hash} and expires_at > ${at}`.first(
    db,
    SessionRow,
  )
}

/** Forgets sessions that have ended. */
export function deleteEndedSessions(at: Moment): Statement {
  return sql`delete from upload_sessions where expires_at < ${at}`
}
