import { z } from '@hono/zod-openapi'
import type { Moment } from './clock.ts'
import { sql, transact } from './sql.ts'
import type { Statement } from './sql.ts'

/** What a topic's handler gets; it returns the writes that are its whole effect. */
export type Delivery = { readonly id: number; readonly payload: unknown; readonly at: Moment }
export type Handlers = Readonly<Record<string, (delivery: Delivery) => readonly Statement[]>>

const Due = z.object({ id: z.int(), topic: z.string(), payload: z.string(), created_at: z.int(), attempts: z.int() })

/** Goes into the batch of the change it tells of: no change without it, no tale without a change. */
export function remember(topic: string, payload: unknown, at: Moment): Statement {
  return sql`insert into outbox (topic, payload, created_at, next_attempt_at)
    values (${topic}, ${JSON.stringify(payload)}, ${at}, ${at})`
}

/**
 * Completes what the statement before put there with what only the database knows.
 * @param path of the member, like `$.subject`
 */
export function complete(path: string, value: Statement): Statement {
  return sql`update outbox set payload = json_set(payload, ${path}, ${value}) where id = last_insert_rowid()`
}

/** Says that the outbox holds something new. Lost, it costs a minute: the clock looks there anyway. */
export async function hint(env: Env): Promise<void> {
  await env.OUTBOX_QUEUE.send({})
}

/**
 * Delivers what is due, oldest first, each row with its effect in one transaction: exactly once, however often it runs.
 * A row that fails waits longer each time (2 s to 1 h) and keeps its error; the others go on.
 * @returns how many rows were delivered.
 */
export async function deliverDue(db: D1Database, handlers: Handlers, at: Moment): Promise<number> {
  const due = await sql`select id, topic, payload, created_at, attempts from outbox
    where next_attempt_at <= ${at} order by next_attempt_at, id limit 200`.all(db, Due)
  let delivered = 0
  for (const row of due) {
    try {
      await deliver(db, handlers, row)
      delivered += 1
    } catch (error) {
      console.error({ outbox: row.id, topic: row.topic, error: String(error) })
      const wait = Math.min(2000 * 2 ** row.attempts, 3_600_000)
      await sql`update outbox set attempts = attempts + 1, next_attempt_at = ${at + wait}, error = ${String(error)}
        where id = ${row.id}`.run(db)
    }
  }
  return delivered
}

async function deliver(db: D1Database, handlers: Handlers, row: z.infer<typeof Due>): Promise<void> {
  const handle = handlers[row.topic]
  if (!handle) throw new Error(`Nobody handles the topic ${row.topic}.`)
  const effect = handle({ id: row.id, payload: JSON.parse(row.payload), at: row.created_at })
  await transact(db, [...effect, sql`delete from outbox where id = ${row.id}`])
}
