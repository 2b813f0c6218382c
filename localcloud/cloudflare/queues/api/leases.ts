import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Cloud } from '../../cloud.ts'
import type { Store } from '../../store.ts'
import { delayMessage, deleteMessage, moveMessage, queueNamed } from '../queries.ts'
import type { ConsumerRow } from './schema.ts'

/** A message as one who pulls sees it. */
export const Leased = z.object({
  id: z.string(),
  body: z.instanceof(Uint8Array),
  content_type: z.string(),
  sent_at: z.int(),
  attempts: z.int(),
  lease: z.string().nullable(),
})
export type Leased = z.infer<typeof Leased>

const columns = 'id, body, content_type, sent_at, attempts, lease'

/** Messages that are due, oldest first; with `free` also those whose lease has run out. */
export function dueIn(store: Store, queue: string, at: number, limit: number): Leased[] {
  const sql = `select ${columns} from queue_messages where queue_id = ? and visible_at <= ?
    order by visible_at, rowid limit ?`
  return store.all(Leased, sql, queue, at, limit)
}

/** Whatever waits, without regard to when it may be delivered. */
export function firstIn(store: Store, queue: string, limit: number): Leased[] {
  return store.all(
    Leased,
    `select ${columns} from queue_messages where queue_id = ? order by rowid limit ?`,
    queue,
    limit,
  )
}

/** Takes messages for a while. One whose attempts are used up goes to the dead letters instead. */
export function take({ store, now }: Cloud, consumer: ConsumerRow, count: number, forMs: number): Leased[] {
  const at = now()
  return store.transaction(() => {
    const due = dueIn(store, consumer.queue_id, at, count)
    const spent = due.filter(({ attempts }) => attempts > consumer.settings.max_retries)
    for (const { id } of spent) bury(store, consumer, id, at)
    const alive = due.filter((message) => !spent.includes(message))
    const sql = 'update queue_messages set lease = ?, visible_at = ?, attempts = attempts + 1 where id = ?'
    return alive.map((message) => {
      const lease = randomBytes(32).toString('base64url')
      store.run(sql, lease, at + forMs, message.id)
      return { ...message, lease, attempts: message.attempts + 1 }
    })
  })
}

function bury(store: Store, { dead_letter_queue: name }: ConsumerRow, id: string, at: number): void {
  const dead = name === null ? null : queueNamed(store, name)
  if (!dead) return deleteMessage(store, id)
  moveMessage(store, id, dead.id, at)
  store.run('update queue_messages set lease = null where id = ?', id)
}

/** The message that somebody holds, unless the lease has run out and somebody else has it. */
export function heldBy(store: Store, queue: string, lease: string): Leased | null {
  return store.get(Leased, `select ${columns} from queue_messages where queue_id = ? and lease = ?`, queue, lease)
}

/** Gives a message back, to be taken again later. */
export function giveBack({ store, now }: Cloud, consumer: ConsumerRow, message: Leased, seconds?: number): void {
  const at = now()
  if (message.attempts > consumer.settings.max_retries) return bury(store, consumer, message.id, at)
  delayMessage(store, message.id, at + (seconds ?? consumer.settings.retry_delay) * 1000)
  store.run('update queue_messages set lease = null where id = ?', message.id)
}

/** What is older than a queue keeps is gone. */
export function dropExpired({ store, now }: Cloud, queue: string, retentionSeconds: number): void {
  store.run('delete from queue_messages where queue_id = ? and sent_at < ?', queue, now() - retentionSeconds * 1000)
}
