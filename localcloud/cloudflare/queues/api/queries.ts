import { z } from 'zod'
import { newId } from '../../identity/tables.ts'
import type { Page } from '../../pages.ts'
import type { Store, Tables } from '../../store.ts'
import { noQueue } from './errors.ts'
import { ConsumerRow, QueueRow } from './schema.ts'
import type { ConsumerBody } from './schema.ts'

export const queueTables: Tables = {
  product: 'queues',
  history: [
    `create table queue_purges (
      queue_id text primary key references queues (id) on delete cascade, started_at integer not null
    ) strict;
    create index queue_messages_leased on queue_messages (lease) where lease is not null;`,
  ],
}

const columns = 'id, name, created_at, modified_at, delivery_delay, is_paused, retention_seconds'

/** The queue that a path names. */
export function queueOf(store: Store, id: string): QueueRow {
  const found = store.get(QueueRow, `select ${columns} from queues where id = ?`, id)
  if (!found) throw noQueue()
  return found
}

export function queueCalled(store: Store, name: string): QueueRow | null {
  return store.get(QueueRow, `select ${columns} from queues where name = ?`, name)
}

/** One page of queues, and how many there are. */
export function queuesOf(store: Store, name: string | null, { limit, offset }: Page): [QueueRow[], number] {
  const filter = '(:name is null or name = :name)'
  const sql = `select ${columns} from queues where ${filter} order by created_at desc, id limit :limit offset :offset`
  return [
    store.all(QueueRow, sql, { name, limit, offset }),
    store.count(`select count(*) from queues where ${filter}`, { name }),
  ]
}

export function addQueue(store: Store, name: string, at: number): string {
  const id = newId()
  store.run('insert into queues (id, name, created_at, modified_at) values (?, ?, ?, ?)', id, name, at, at)
  return id
}

/** Stores a queue's name and settings as they are to be. */
export function changeQueue(store: Store, queue: QueueRow, at: number): void {
  const sql = `update queues set name = :name, delivery_delay = :delay, is_paused = :paused, retention_seconds = :kept,
    modified_at = :at where id = :id`
  const { id, name, delivery_delay: delay, is_paused: paused, retention_seconds: kept } = queue
  store.run(sql, { id, name, delay, paused: Number(paused), kept, at })
}

export function removeQueue(store: Store, id: string): void {
  store.run('delete from queues where id = ?', id)
}

export function isNotified(store: Store, id: string): boolean {
  return store.count('select count(*) from r2_notifications where queue_id = ?', id) > 0
}

/** A purge removes what waits now, whoever holds it. */
export function purge(store: Store, id: string, at: number): void {
  store.run('delete from queue_messages where queue_id = ?', id)
  const note = `insert into queue_purges (queue_id, started_at) values (?, ?)
    on conflict (queue_id) do update set started_at = excluded.started_at`
  store.run(note, id, at)
}

export function purgedAt(store: Store, id: string): number | null {
  const Row = z.object({ started_at: z.int() })
  return store.get(Row, 'select started_at from queue_purges where queue_id = ?', id)?.started_at ?? null
}

const consumerColumns = 'id, queue_id, type, script, dead_letter_queue, created_at, settings'

export function consumersIn(store: Store, queue: string): ConsumerRow[] {
  return store.all(
    ConsumerRow,
    `select ${consumerColumns} from queue_consumers where queue_id = ? order by rowid`,
    queue,
  )
}

export function addConsumer(store: Store, queue: string, body: ConsumerBody, at: number): string {
  const id = newId()
  store.run(
    `insert into queue_consumers (id, queue_id, type, script, settings, dead_letter_queue, created_at)
      values (:id, :queue, :type, :script, :settings, :dead, :at)`,
    { id, queue, at, ...bound(body) },
  )
  return id
}

export function changeConsumer(store: Store, id: string, body: ConsumerBody): void {
  const sql = `update queue_consumers set type = :type, script = :script, settings = :settings, dead_letter_queue = :dead
    where id = :id`
  store.run(sql, { id, ...bound(body) })
}

function bound(body: ConsumerBody) {
  return {
    type: body.type,
    script: body.type === 'worker' ? body.script_name : null,
    settings: JSON.stringify(body.settings),
    dead: body.dead_letter_queue ?? null,
  }
}

/** What a consumer that goes had taken is there for the next one. */
export function removeConsumer(store: Store, { id, queue_id: queue }: ConsumerRow): void {
  store.run('delete from queue_consumers where id = ?', id)
  store.run('update queue_messages set lease = null where queue_id = ?', queue)
}
