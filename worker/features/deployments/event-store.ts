import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { storeBody } from '../../platform/blobs.ts'
import type { Moment } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import { must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { followRun, noteHeard, wakeRun } from './ending.ts'
import type { Known } from './ending.ts'
import type { EventBatch } from './event-batch.ts'
import { effectsOf } from './event-effects.ts'
import { stepOf } from './run.ts'

/** A batch that was stored, by its key. */
export const StoredBatch = z.object({ sha256: z.string(), first_line: z.int().nullable(), lines: z.int() })
export type StoredBatch = z.infer<typeof StoredBatch>

/** What is answered: which lines the batch holds, and whether it was this request that stored them. */
export const Receipt = z
  .object({
    first_line: z.int().nullable(),
    lines: z.int(),
    stored: z.boolean().openapi({ description: 'False when the batch had been stored before.' }),
  })
  .openapi('EventReceipt')
export type Receipt = z.infer<typeof Receipt>

/** A batch that was stored under a key before. */
export function storedBatch(run: Statement, key: string): Statement {
  return sql`select sha256, first_line, lines from deployment_logs where deployment_id = ${run} and batch = ${key}`
}

/** What makes two bodies the same. */
export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

/** The answer to a batch whose key was used before. @throws Problem (conflict) when it was used for something else */
export function receiptOf(key: string, stored: StoredBatch, sha256: string): Receipt {
  if (stored.sha256 !== sha256) {
    throw new Problem('conflict', `The Idempotency-Key ${key} belongs to a batch with another content.`)
  }
  return { first_line: stored.first_line, lines: stored.lines, stored: false }
}

type Batch = EventBatch & { readonly key: string; readonly sha256: string }

/**
 * Stores a batch with all its effects, or nothing of it: the write fails when the key, one of the lines or the run's
 * status is not what it was when it was read.
 */
export async function storeBatch(env: Env, run: Known & { id: string }, batch: Batch, at: Moment): Promise<void> {
  const { key, sha256, firstLine, lines, log } = batch
  const place = `runs/${run.id}/logs/${key}-${sha256.slice(0, 16)}.ndjson.gz`
  const { body, r2_key: r2Key } = lines === 0 ? { body: null, r2_key: null } : await storeBody(env, place, log)
  await transact(env.DEPLOYMENT_DB, [
    must(sql`not exists (select 1 from deployment_logs where deployment_id = ${run.row} and batch = ${key})`),
    ...(firstLine === null ? [] : [must(areFree(run.row, firstLine, lines))]),
    sql`insert into deployment_logs (deployment_id, batch, sha256, first_line, lines, recorded_at, body, r2_key)
      values (${run.row}, ${key}, ${sha256}, ${firstLine}, ${lines}, ${at}, ${body}, ${r2Key})`,
    ...effectsOf(run.row, batch, at),
    ...(stepOf(run, null) === null ? [] : wakeRun(run)),
    ...(batch.operations.length + batch.diagnostics.length === 0 ? [] : followRun(run.row)),
    noteHeard(run.row, at),
  ])
}

/** Stored batches do not overlap: of those that begin before the end of this one, the last tells for all. */
const lastBefore = (run: Statement, end: number) => sql`(select first_line, lines from deployment_logs
  where deployment_id = ${run} and first_line < ${end} order by first_line desc limit 1)`

function areFree(row: number, first: number, lines: number): Statement {
  return sql`not exists (select 1 from ${lastBefore(sql`${row}`, first + lines)} where first_line + lines > ${first})`
}

/** A batch that holds one of these lines, if there is one. */
export function overlapping(run: Statement, { firstLine, lines }: EventBatch): Statement {
  const first = firstLine ?? 0
  return sql`select '' as sha256, first_line, lines from ${lastBefore(run, first + lines)} where first_line + lines > ${first}`
}

/** Refuses a batch whose lines another one holds. */
export function refuseOverlap(other: StoredBatch | undefined): void {
  if (!other || other.first_line === null) return
  const last = other.first_line + other.lines - 1
  throw new Problem('conflict', `The lines ${other.first_line} to ${last} were stored with another batch.`)
}
