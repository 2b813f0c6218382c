import { loadBatch } from './archive.ts'
import { logOf } from './log-tailing.ts'
import { batchesBefore } from './queries.ts'
import type { Log, StoredBatch } from './queries.ts'
import { ReadPage } from './read-page.ts'
import type { Found, Wanted } from './read-page.ts'
import { rankOf } from './trace.ts'

/** What one request reads at most: rows of batches, and objects of them. */
const rowsAtOnce = 200
const objectsAtOnce = 20

/** Reads a log backwards: what is not stored yet from its object, all else from R2. Work is bounded; `next` goes on. */
export async function readLog(env: Env, log: Log, wanted: Wanted): Promise<Found> {
  const newest = await logOf(env, log).unarchived(wanted)
  const page = new ReadPage(wanted)
  for (const event of newest.events) if (page.take(event)) return page.cut()
  if (newest.next !== null) return { events: page.events, next: newest.next }
  return readStored(env, log, page, Math.min(wanted.before, newest.archived + 1))
}

async function readStored(env: Env, log: Log, page: ReadPage, before: number): Promise<Found> {
  const { since, until, filter } = page.wanted
  const bounds = { seq: before, until: Number.isFinite(until) ? until : null, limit: rowsAtOnce }
  const batches = await batchesBefore(env.DEPLOYMENT_DB, log, bounds)
  const lowest = filter.level === undefined ? 0 : rankOf(filter.level)
  let objects = 0
  let next = before
  for (const batch of batches) {
    if (batch.to_at < since) return { events: page.events, next: null }
    if (batch.highest >= lowest) {
      if (objects === objectsAtOnce) return { events: page.events, next }
      objects += 1
      if (await readBatch(env, batch, page, before)) return page.cut()
    }
    next = batch.first_seq
  }
  return { events: page.events, next: batches.length === rowsAtOnce ? next : null }
}

/** @returns whether the page is full */
async function readBatch(env: Env, batch: StoredBatch, page: ReadPage, before: number): Promise<boolean> {
  const events = await loadBatch(env, batch)
  return events.toReversed().some((event) => event.seq < before && page.take(event))
}
