import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Store } from '../store.ts'

export const ContentType = z.enum(['text', 'json', 'bytes', 'v8'])
export type ContentType = z.infer<typeof ContentType>

/** A message that waits in a queue. */
export const Waiting = z.object({
  id: z.string(),
  body: z.instanceof(Uint8Array),
  content_type: ContentType,
  sent_at: z.int(),
  visible_at: z.int(),
  attempts: z.int(),
})
export type Waiting = z.infer<typeof Waiting>

const Settings = z.looseObject({
  batch_size: z.int().min(1).default(10),
  max_wait_time_ms: z.number().default(5000),
  max_retries: z.int().default(3),
  retry_delay: z.number().default(0),
})

/** The Worker that gets a queue's messages, and how. */
export const Consumer = z.object({
  queue_id: z.string(),
  queue_name: z.string(),
  script: z.string(),
  dead_letter_queue: z.string().nullable(),
  settings: z.string().transform((text) => Settings.parse(JSON.parse(text))),
})
export type Consumer = z.infer<typeof Consumer>

const Queue = z.object({ id: z.string(), delivery_delay: z.int() })

/** The queues that a Worker consumes and that are not paused. */
export function consumersOf(store: Store): Consumer[] {
  const sql = `select c.queue_id, q.name as queue_name, c.script, c.dead_letter_queue, c.settings
    from queue_consumers c join queues q on q.id = c.queue_id
    where c.type = 'worker' and c.script is not null and q.is_paused = 0 order by c.created_at limit 10000`
  return store.all(Consumer, sql)
}

export function queueWith(store: Store, id: string): z.infer<typeof Queue> | null {
  return store.get(Queue, 'select id, delivery_delay from queues where id = ?', id)
}

export function queueNamed(store: Store, name: string): z.infer<typeof Queue> | null {
  return store.get(Queue, 'select id, delivery_delay from queues where name = ?', name)
}

/** Messages that nobody works on, soonest first. */
export function waitingIn(store: Store, queue: string, limit: number): Waiting[] {
  const sql = `select id, body, content_type, sent_at, visible_at, attempts from queue_messages
    where queue_id = ? and lease is null order by visible_at, rowid limit ?`
  return store.all(Waiting, sql, queue, limit)
}

/** A message to be stored, and when it may be seen. */
export type Sent = { readonly body: Uint8Array; readonly contentType: ContentType; readonly visibleAt: number }

export function insertMessage(store: Store, queue: string, { body, contentType, visibleAt }: Sent, at: number): void {
  store.run(
    `insert into queue_messages (id, queue_id, body, content_type, sent_at, visible_at) values (?, ?, ?, ?, ?, ?)`,
    randomUUID().replaceAll('-', ''),
    queue,
    body,
    contentType,
    at,
    visibleAt,
  )
}

export function deleteMessage(store: Store, id: string): void {
  store.run('delete from queue_messages where id = ?', id)
}

/** Counted when a delivery begins, so that one that is cut off counts too. */
export function countAttempt(store: Store, id: string): void {
  store.run('update queue_messages set attempts = attempts + 1 where id = ?', id)
}

export function delayMessage(store: Store, id: string, visibleAt: number): void {
  store.run('update queue_messages set visible_at = ? where id = ?', visibleAt, id)
}

/** Moves a message whose attempts are used up. */
export function moveMessage(store: Store, id: string, queue: string, at: number): void {
  store.run('update queue_messages set queue_id = ?, attempts = 0, visible_at = ? where id = ?', queue, at, id)
}

/** What a producer is told about the backlog. */
export function backlogOf(store: Store, queue: string): object {
  const row = z.object({ count: z.int(), bytes: z.int(), oldest: z.int() })
  const sql = `select count(*) as count, coalesce(sum(length(body)), 0) as bytes, coalesce(min(sent_at), 0) as oldest
    from queue_messages where queue_id = ?`
  const { count = 0, bytes = 0, oldest = 0 } = store.get(row, sql, queue) ?? {}
  return { backlogCount: count, backlogBytes: bytes, oldestMessageTimestamp: oldest }
}
