import { z } from '@hono/zod-openapi'
import { loadBody, StoredBody } from '../../platform/blobs.ts'
import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** A line of output as it is stored and shown. */
export const LogLine = z
  .object({
    line: z.int(),
    operation: z.int(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
    at: z.iso.datetime(),
  })
  .openapi('LogLine')

export const LogQuery = z.strictObject({
  from: z.coerce.number().int().min(1).default(1).openapi({ description: 'The number of the first line.' }),
  limit: z.coerce.number().int().min(1).max(10_000_000).optional().openapi({ description: 'Lines at most.' }),
  follow: z
    .enum(['0', '1'])
    .default('0')
    .openapi({ description: '1: go on until the run has ended and all lines are sent, 15 minutes at most.' }),
})

/** Batches that are read at once: their bodies are held together. */
const atOnce = 4

/**
 * How a run is followed, in milliseconds: how soon it is asked for more, and how late when nothing comes; how long a gap
 * in the lines may be filled by a batch that is late; how long a request goes on without a line, since only a line that
 * is sent shows that the client is gone; and how long, and how often, it asks at most.
 */
const following = { soonest: 300, latest: 2000, gap: 10_000, silent: 50_000, longest: 900_000, queries: 800 }

const Row = z.object({ ended: z.int(), first: z.int().nullable(), lines: z.int().nullable(), ...StoredBody.shape })
type Batch = z.infer<typeof StoredBody> & { readonly first: number; readonly lines: number }

/** The number of the last line of a run, or 0. */
export async function lastLine(db: D1Database, row: number): Promise<number> {
  const found = await sql`select first_line + lines - 1 as last from deployment_logs
    where deployment_id = ${row} and first_line is not null order by first_line desc limit 1`.first(
    db,
    z.object({ last: z.int() }),
  )
  return found?.last ?? 0
}

/** The next batches, and whether the run has ended: one moment's answer, or the last batch could be missed. */
async function readBatches(db: D1Database, row: number, isNext: Statement) {
  const rows = await sql`select d.finished_at is not null as ended, l.first_line as first, l.lines, l.body, l.r2_key
    from deployments d left join (select first_line, lines, body, r2_key from deployment_logs
      where deployment_id = ${row} and ${isNext} order by first_line limit ${atOnce}) l on true
    where d.id = ${row} order by l.first_line`.all(db, Row)
  const batches = rows.flatMap(({ first, lines, body, r2_key }) =>
    first === null || lines === null ? [] : [{ first, lines, body, r2_key }],
  )
  return { ended: rows.some(({ ended }) => ended === 1), batches }
}

/** The first question from a line is for the batch that holds it, which may begin before. */
const holding = (row: number, line: number) => sql`first_line >= coalesce((select max(first_line) from deployment_logs
  where deployment_id = ${row} and first_line <= ${line}), 0)`

type Wanted = { readonly from: number; readonly limit: number; readonly follow: boolean }

/** Sends the lines of a run in order, as newline-delimited JSON. */
export class LogReader {
  readonly #env: Env
  readonly #row: number
  readonly #follow: boolean
  #next: number
  #left: number
  #isFirst = true
  #gapSince: Moment | null = null
  #isStopped = false

  /** @param row the deployment's */
  constructor(env: Env, row: number, { from, limit, follow }: Wanted) {
    this.#env = env
    this.#row = row
    this.#follow = follow
    this.#next = from
    this.#left = limit
  }

  /** The lines batch by batch. One that follows ends with the run, or sooner: then the client asks again. */
  async *texts(): AsyncGenerator<string> {
    const pace = new Pace(now())
    for (;;) {
      const { ended, batches } = await this.#read()
      const from = this.#next
      yield* this.#send(batches, ended)
      const isNews = this.#next > from
      if (this.#isOver(isNews, ended)) return
      if (isNews && (!this.#follow || batches.length === atOnce)) continue
      const pause = pace.after(isNews, now())
      if (pause === null) return
      await sleep(pause)
    }
  }

  /** Lets whoever asks for texts go, after one more question at most. */
  stop(): void {
    this.#isStopped = true
  }

  #isOver(isNews: boolean, ended: boolean): boolean {
    return this.#isStopped || this.#left <= 0 || (!isNews && (ended || !this.#follow))
  }

  async *#send(batches: readonly Batch[], ended: boolean): AsyncGenerator<string> {
    for (const batch of batches) {
      if (this.#left <= 0 || this.#mustWait(batch, ended)) return
      yield* this.#cut(batch)
    }
  }

  async #read() {
    const isNext = this.#isFirst ? holding(this.#row, this.#next) : sql`first_line >= ${this.#next}`
    this.#isFirst = false
    return readBatches(this.#env.DEPLOYMENT_DB, this.#row, isNext)
  }

  /** Lines that are missing may still come, unless the run has ended or they are late beyond hope. */
  #mustWait({ first }: Batch, ended: boolean): boolean {
    if (!this.#follow || ended || first <= this.#next) {
      this.#gapSince = null
      return false
    }
    this.#gapSince ??= now()
    if (now() - this.#gapSince < following.gap) return true
    this.#gapSince = null
    return false
  }

  /** What is wanted of a batch. */
  async *#cut({ first, lines, ...stored }: Batch): AsyncGenerator<string> {
    const end = first + lines
    if (end <= this.#next) return
    const text = await loadBody(this.#env, stored)
    if (text === null) console.error({ deployment: this.#row, lines: [first, end - 1], lost: stored.r2_key })
    const start = Math.max(first, this.#next)
    const count = Math.min(end - start, this.#left)
    this.#next = start + count
    this.#left -= count
    if (text !== null) yield count === lines ? text : linesOf(text, start - first, count)
  }
}

/** How soon a follower asks again. */
class Pace {
  readonly #began: Moment
  #heard: Moment
  #pause = following.soonest
  #left = following.queries

  constructor(at: Moment) {
    this.#began = at
    this.#heard = at
  }

  /** How long to wait after an answer, in milliseconds; null when it is time to let the client ask. */
  after(isNews: boolean, at: Moment): number | null {
    if (isNews) this.#heard = at
    this.#pause = isNews ? following.soonest : Math.min(this.#pause * 1.2, following.latest)
    this.#left -= 1
    const isOver = this.#left <= 0 || at > this.#began + following.longest || at > this.#heard + following.silent
    return isOver ? null : this.#pause
  }
}

function linesOf(text: string, start: number, count: number): string {
  return text
    .split('\n')
    .slice(start, start + count)
    .map((line) => `${line}\n`)
    .join('')
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

/** The lines as a body: each batch is asked for when the one before is on its way, none when the client has gone. */
export function bodyOf(reader: LogReader): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const texts = reader.texts()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await texts.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel() {
        reader.stop()
      },
    },
    { highWaterMark: 0 },
  )
}
