import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../../body.ts'
import type { Api, Cloud } from '../../cloud.ts'
import { ok } from '../../envelope.ts'
import type { Store } from '../../store.ts'
import { backlogOf, deleteMessage, insertMessage } from '../queries.ts'
import * as refusals from './errors.ts'
import * as leases from './leases.ts'
import { consumersIn, queueOf } from './queries.ts'
import { Answer, Extension, Pull, Push, PushBatch, Refs } from './schema.ts'
import type { ConsumerRow, QueueRow } from './schema.ts'

const base = '/accounts/:account/queues/:id/messages'
const mostBytes = 128_000

/** Messages by HTTP: sent, pulled, acknowledged, looked at. */
export function messageRoutes(api: Api, cloud: Cloud): void {
  api.post(base, async (c) => {
    const queue = queueFor(cloud, c)
    return push(cloud, queue, [await readJson(c, Push, refusals.badMessage)])
  })
  api.post(`${base}/batch`, async (c) => {
    const queue = queueFor(cloud, c)
    const { messages, delay_seconds: delay } = await readJson(c, PushBatch, refusals.badMessage)
    return push(
      cloud,
      queue,
      messages.map((message) => ({ ...message, delay_seconds: message.delay_seconds ?? delay })),
    )
  })
  pullRoutes(api, cloud)
  extendRoute(api, cloud)
  lookRoutes(api, cloud)
}

function pullRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.post(`${base}/pull`, async (c) => {
    const queue = queueFor(cloud, c)
    const consumer = pullConsumer(store, queue)
    const asked = await readJson(c, Pull, refusals.badBody)
    leases.dropExpired(cloud, queue.id, queue.retention_seconds)
    const { batch_size: count = consumer.settings.batch_size } = asked
    const { visibility_timeout_ms: time = consumer.settings.visibility_timeout_ms } = asked
    const messages = leases.take(cloud, consumer, count, time).map((message) => {
      return { ...shown(message), lease_id: message.lease }
    })
    const metrics = metricsOf(store, queue.id)
    return ok({ message_backlog_count: metrics.backlog_count, messages, metadata: { metrics } })
  })
  api.post(`${base}/ack`, async (c) => {
    const queue = queueFor(cloud, c)
    const consumer = pullConsumer(store, queue)
    const { acks, retries } = await readJson(c, Answer, refusals.badBody)
    const warnings: Record<string, string> = {}
    const held = (lease: string) => heldOrWarn(store, queue, lease, warnings)
    const counts = store.transaction(() => {
      const acked = acks.flatMap(({ lease_id: lease }) => held(lease))
      const retried = retries.flatMap((retry) => held(retry.lease_id).map((message) => ({ message, retry })))
      for (const { id } of acked) deleteMessage(store, id)
      for (const { message, retry } of retried) leases.giveBack(cloud, consumer, message, retry.delay_seconds)
      return { ackCount: acked.length, retryCount: retried.length }
    })
    cloud.queues.wakeAll()
    return ok({ ...counts, warnings })
  })
}

function extendRoute(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.post(`${base}/extend`, async (c) => {
    const queue = queueFor(cloud, c)
    const { extend, visibility_timeout_ms: time } = await readJson(c, Extension, refusals.badBody)
    const warnings: Record<string, string> = {}
    const held = extend.flatMap(({ lease_id: lease }) => heldOrWarn(store, queue, lease, warnings))
    const sql = 'update queue_messages set visible_at = ? where id = ?'
    for (const { id } of held) store.run(sql, cloud.now() + time, id)
    return ok({ extendCount: held.length, warnings })
  })
}

/** Looking takes nothing away: there is no lease, and no attempt is counted. */
function lookRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  for (const [name, field] of [
    ['peek', 'ref'],
    ['preview', 'lease_id'],
  ] as const) {
    api.post(`${base}/${name}`, async (c) => {
      const queue = queueFor(cloud, c)
      const { batch_size: count = 10 } = await readJson(c, Pull, refusals.badBody)
      const messages = leases
        .firstIn(store, queue.id, count)
        .map((message) => ({ ...shown(message), [field]: message.id }))
      return ok({ messages })
    })
  }
  api.post(`${base}/preview/ack`, async (c) => {
    const queue = queueFor(cloud, c)
    const { acks } = await readJson(c, Answer, refusals.badBody)
    for (const { lease_id: id } of acks) remove(store, queue, id)
    return ok({ warnings: {} })
  })
  api.post(`${base}/purge`, async (c) => {
    const queue = queueFor(cloud, c)
    const { refs } = await readJson(c, Refs, refusals.badBody)
    for (const { ref } of refs) remove(store, queue, ref)
    return ok({ errors: [], warnings: {} })
  })
}

function remove(store: Store, { id: queue }: QueueRow, id: string): void {
  store.run('delete from queue_messages where queue_id = ? and id = ?', queue, id)
}

function queueFor({ store }: Cloud, c: Context): QueueRow {
  const id = c.req.param('id') ?? ''
  if (!/^[0-9a-f]{32}$/.test(id)) throw refusals.badQueueId()
  return queueOf(store, id)
}

function pullConsumer(store: Store, { id }: QueueRow): ConsumerRow {
  const consumer = consumersIn(store, id).find(({ type }) => type === 'http_pull')
  if (!consumer) throw refusals.noPullConsumer()
  return consumer
}

function heldOrWarn(store: Store, { id }: QueueRow, lease: string, warnings: Record<string, string>): leases.Leased[] {
  const message = leases.heldBy(store, id, lease)
  if (message) return [message]
  warnings[lease] = 'The lease id is not valid: it has expired, or the message has been acknowledged.'
  return []
}

function push(cloud: Cloud, queue: QueueRow, messages: readonly Push[]): Response {
  const { store, now } = cloud
  const at = now()
  const sent = messages.map(({ body, content_type: contentType, delay_seconds: delay = queue.delivery_delay }) => {
    return { body: bytesOf(body, contentType), contentType, visibleAt: at + delay * 1000 }
  })
  store.transaction(() => {
    leases.dropExpired(cloud, queue.id, queue.retention_seconds)
    for (const message of sent) insertMessage(store, queue.id, message, at)
  })
  cloud.queues.wake(queue.id)
  return ok({ metadata: { metrics: metricsOf(store, queue.id) } })
}

function bytesOf(body: unknown, type: Push['content_type']): Uint8Array {
  if (body === undefined) throw refusals.badMessage('body is required')
  const text = type === 'json' ? JSON.stringify(body) : body
  if (typeof text !== 'string') throw refusals.badMessage(`a body of type ${type} must be a string`)
  const bytes = Buffer.from(text, type === 'bytes' ? 'base64' : 'utf8')
  if (bytes.length > mostBytes) throw refusals.tooLarge(bytes.length)
  return bytes
}

/** Text comes as it is, everything else in base64. */
function shown({ id, body, content_type: type, sent_at: at, attempts }: leases.Leased): object {
  const text = Buffer.from(body).toString(type === 'text' ? 'utf8' : 'base64')
  return {
    id,
    body: text,
    attempts,
    timestamp_ms: at,
    metadata: { 'CF-Content-Type': type, 'CF-sourceMessageSource': 'dash' },
  }
}

const Backlog = z.object({ backlogCount: z.number(), backlogBytes: z.number(), oldestMessageTimestamp: z.number() })

/** How much waits in a queue. */
export function metricsOf(store: Store, id: string) {
  const { backlogCount, backlogBytes, oldestMessageTimestamp } = Backlog.parse(backlogOf(store, id))
  return {
    backlog_count: backlogCount,
    backlog_bytes: backlogBytes,
    oldest_message_timestamp_ms: oldestMessageTimestamp,
  }
}
