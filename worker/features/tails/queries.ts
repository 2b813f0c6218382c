import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** Where a batch of stored events is. */
export const StoredBatch = z.object({
  first_seq: z.int(),
  last_seq: z.int(),
  from_at: z.int(),
  to_at: z.int(),
  highest: z.int(),
  r2_key: z.string(),
})
export type StoredBatch = z.infer<typeof StoredBatch>

/** Whose log it is. */
export type Log = { readonly account: string; readonly script: string }

/** Notes a batch once, however often it is stored. */
export function insertBatch({ account, script }: Log, batch: StoredBatch & { readonly bytes: number }): Statement {
  const { first_seq: first, last_seq: last, from_at: from, to_at: to, highest, bytes, r2_key: key } = batch
  return sql`insert into log_batches (account_id, script, first_seq, last_seq, from_at, to_at, highest, bytes, r2_key)
    values (${account}, ${script}, ${first}, ${last}, ${from}, ${to}, ${highest}, ${bytes}, ${key}) on conflict do nothing`
}

/** Batches that hold events before a number and a moment, the newest first. */
export async function batchesBefore(
  db: D1Database,
  { account, script }: Log,
  { seq, until, limit }: { readonly seq: number; readonly until: Moment | null; readonly limit: number },
): Promise<StoredBatch[]> {
  // Numbers grow with time, so that the newest batch before a moment is found by its index.
  const newest =
    until === null
      ? sql`${seq}`
      : sql`min(${seq}, 1 + coalesce((select first_seq from log_batches where account_id = ${account}
          and script = ${script} and from_at < ${until} order by from_at desc, first_seq desc limit 1), -1))`
  return sql`select first_seq, last_seq, from_at, to_at, highest, r2_key from log_batches
    where account_id = ${account} and script = ${script} and first_seq < ${newest}
    order by first_seq desc limit ${limit}`.all(db, StoredBatch)
}

const Expired = StoredBatch.pick({ first_seq: true, r2_key: true }).extend({
  account_id: z.string(),
  script: z.string(),
})
export type Expired = z.infer<typeof Expired>

/** Batches whose newest event arrived before a moment, the oldest first. */
export async function batchesEndedBefore(db: D1Database, at: Moment, limit: number): Promise<Expired[]> {
  return sql`select account_id, script, first_seq, r2_key from log_batches where to_at < ${at} order by to_at
    limit ${limit}`.all(db, Expired)
}

export function deleteBatch({ account_id: account, script, first_seq: first }: Expired): Statement {
  return sql`delete from log_batches where account_id = ${account} and script = ${script} and first_seq = ${first}`
}

const Settings = z.object({ retention_days: z.int() })

/** How long logs are kept, in days. */
export async function retentionDays(db: D1Database): Promise<number> {
  const row = await sql`select retention_days from log_settings`.first(db, Settings)
  return row?.retention_days ?? 30
}

export function setRetention(days: number): Statement {
  return sql`insert into log_settings (one, retention_days) values (1, ${days})
    on conflict do update set retention_days = excluded.retention_days`
}

/** A ticket as it is stored. */
export type NewTicket = Log & {
  readonly hash: string
  readonly token: number | null
  readonly actor: string
  readonly tokenEnds: Moment | null
  readonly expiresAt: Moment
}

export function insertTicket({ hash, account, script, token, actor, tokenEnds, expiresAt }: NewTicket): Statement {
  return sql`insert into log_tickets (hash, account_id, script, token_id, actor, token_expires_at, expires_at)
    values (${hash}, ${account}, ${script}, ${token}, ${actor}, ${tokenEnds}, ${expiresAt})`
}

const Ticket = z.object({ token_id: z.int().nullable(), token_expires_at: z.int().nullable() })

/** Takes a ticket for a log: nobody else can use it, whether it was valid for this one or not. */
export async function useTicket(db: D1Database, hash: string, { account, script }: Log, at: Moment) {
  const Used = Ticket.extend({ fits: z.int() })
  const used = await sql`delete from log_tickets where hash = ${hash}
    returning token_id, token_expires_at,
      account_id = ${account} and script = ${script} and expires_at > ${at} as fits`.first(db, Used)
  return used?.fits === 1 ? Ticket.parse(used) : null
}

/** Forgets tickets that nobody used. */
export function deleteOldTickets(at: Moment): Statement {
  return sql`delete from log_tickets where expires_at < ${at}`
}
