import type { Context } from 'hono'
import { readJson } from '../../body.ts'
import { scriptsBinding } from '../../bound.ts'
import type { Api, Cloud, Product } from '../../cloud.ts'
import { ok } from '../../envelope.ts'
import { pageInfo, readPage } from '../../pages.ts'
import { consumerRoutes, shownConsumer } from './consumer-routes.ts'
import * as refusals from './errors.ts'
import { messageRoutes, metricsOf } from './message-routes.ts'
import * as queries from './queries.ts'
import { Purge, QueueBody } from './schema.ts'
import type { QueueRow } from './schema.ts'

/** Queues, their consumers and their messages. */
export const queuesProduct: Product = { tables: queries.queueTables, routes }

const base = '/accounts/:account/queues'

function routes(api: Api, cloud: Cloud): void {
  queueRoutes(api, cloud)
  purgeRoutes(api, cloud)
  consumerRoutes(api, cloud)
  messageRoutes(api, cloud)
}

function queueRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, (c) => {
    const page = readPage(c, { usual: 100, most: 100 })
    const [queues, total] = queries.queuesOf(store, c.req.query('name') ?? null, page)
    return ok(
      queues.map((queue) => shown(cloud, queue)),
      { info: pageInfo(page, queues.length, total) },
    )
  })
  api.post(base, async (c) => {
    const { queue_name: name, settings } = await readJson(c, QueueBody, refusals.badBody)
    const wanted = proven(name ?? '')
    const id = store.transaction(() => {
      if (queries.queueCalled(store, wanted)) throw refusals.nameTaken(wanted)
      const made = queries.addQueue(store, wanted, now())
      if (settings) queries.changeQueue(store, changed(queries.queueOf(store, made), { settings }), now())
      return made
    })
    return ok(shown(cloud, queries.queueOf(store, id)))
  })
  api.get(`${base}/:id`, (c) => ok(shown(cloud, queries.queueOf(store, c.req.param('id')))))
  const change = async (c: Context) => {
    const queue = queries.queueOf(store, c.req.param('id') ?? '')
    await put(cloud, queue, await readJson(c, QueueBody, refusals.badBody))
    return ok(shown(cloud, queries.queueOf(store, queue.id)))
  }
  api.put(`${base}/:id`, change)
  api.patch(`${base}/:id`, change)
  api.delete(`${base}/:id`, (c) => {
    const { id, name } = queries.queueOf(store, c.req.param('id'))
    if (queries.isNotified(store, id)) throw refusals.inUse(name)
    queries.removeQueue(store, id)
    return ok(null)
  })
}

async function put(cloud: Cloud, queue: QueueRow, body: QueueBody): Promise<void> {
  const { store, now } = cloud
  const next = changed(queue, body)
  proven(next.name)
  store.transaction(() => {
    const other = queries.queueCalled(store, next.name)
    if (other && other.id !== queue.id) throw refusals.nameTaken(next.name)
    queries.changeQueue(store, next, now())
  })
  if (next.name !== queue.name) await cloud.runtime.apply()
  cloud.queues.wake(queue.id)
}

function purgeRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.post(`${base}/:id/purge`, async (c) => {
    const queue = queries.queueOf(store, c.req.param('id'))
    await readJson(c, Purge, refusals.badBody)
    store.transaction(() => queries.purge(store, queue.id, now()))
    return ok(shown(cloud, queue))
  })
  const status = (c: Context) => {
    const at = queries.purgedAt(store, queries.queueOf(store, c.req.param('id') ?? '').id)
    return ok(at === null ? {} : { started_at: new Date(at).toISOString(), completed: 'true' })
  }
  api.get(`${base}/:id/purge`, status)
  api.get(`${base}/:id/purge/status`, status)
  api.get(`${base}/:id/metrics`, (c) => ok(metricsOf(store, queries.queueOf(store, c.req.param('id')).id)))
}

function proven(name: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw refusals.badName(name)
  return name
}

function changed(queue: QueueRow, { queue_name: name, settings = {} }: QueueBody): QueueRow {
  return {
    ...queue,
    name: name ?? queue.name,
    delivery_delay: settings.delivery_delay ?? queue.delivery_delay,
    is_paused: settings.delivery_paused ?? queue.is_paused,
    retention_seconds: settings.message_retention_period ?? queue.retention_seconds,
  }
}

/** A queue with those who send to it and those who take from it. */
function shown(cloud: Cloud, queue: QueueRow): object {
  const consumers = queries.consumersIn(cloud.store, queue.id).map((consumer) => shownConsumer(consumer, queue))
  const producers = scriptsBinding(cloud, 'queue', 'queue_name', queue.name)
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    created_on: new Date(queue.created_at).toISOString(),
    modified_on: new Date(queue.modified_at).toISOString(),
    producers: producers.map((script) => ({ type: 'worker', service: script, script, environment: 'production' })),
    producers_total_count: producers.length,
    consumers,
    consumers_total_count: consumers.length,
    settings: {
      delivery_delay: queue.delivery_delay,
      delivery_paused: queue.is_paused,
      message_retention_period: queue.retention_seconds,
    },
  }
}
