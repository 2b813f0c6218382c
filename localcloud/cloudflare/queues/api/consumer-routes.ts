import type { Context } from 'hono'
import { readJson } from '../../body.ts'
import type { Api, Cloud } from '../../cloud.ts'
import { ok } from '../../envelope.ts'
import { pageOf } from '../../pages.ts'
import { activeDeployment, scriptNamed, versionWith } from '../../scripts/queries.ts'
import type { Store } from '../../store.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { ConsumerBody } from './schema.ts'
import type { ConsumerRow, QueueRow } from './schema.ts'

const base = '/accounts/:account/queues/:id/consumers'

/** Whoever takes messages from a queue: one Worker, or one that pulls by HTTP. */
export function consumerRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, (c) => {
    const queue = queries.queueOf(store, c.req.param('id'))
    const { result, info } = pageOf(
      c,
      queries.consumersIn(store, queue.id).map((one) => shownConsumer(one, queue)),
    )
    return ok(result, { info })
  })
  api.post(base, async (c) => {
    const queue = queries.queueOf(store, c.req.param('id'))
    const body = await readConsumer(c, store)
    store.transaction(() => {
      if (queries.consumersIn(store, queue.id).length > 0) throw refusals.hasConsumer(queue.name)
      makeDeadLetterQueue(cloud, body)
      queries.addConsumer(store, queue.id, body, now())
    })
    cloud.queues.wakeAll()
    return ok(queries.consumersIn(store, queue.id).map((one) => shownConsumer(one, queue))[0])
  })
  consumerRoute(api, cloud)
}

function consumerRoute(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(`${base}/:consumer`, (c) => {
    const queue = queries.queueOf(store, c.req.param('id'))
    return ok(shownConsumer(found(store, c), queue))
  })
  api.put(`${base}/:consumer`, async (c) => {
    const queue = queries.queueOf(store, c.req.param('id'))
    const known = found(store, c)
    const body = await readConsumer(c, store)
    store.transaction(() => {
      makeDeadLetterQueue(cloud, body)
      queries.changeConsumer(store, known.id, body)
    })
    cloud.queues.wakeAll()
    return ok(shownConsumer(found(store, c), queue))
  })
  api.delete(`${base}/:consumer`, (c) => {
    queries.queueOf(store, c.req.param('id'))
    const known = found(store, c)
    store.transaction(() => queries.removeConsumer(store, known))
    return ok(null)
  })
}

async function readConsumer(c: Context, store: Store): Promise<ConsumerBody> {
  const body = await readJson(c, ConsumerBody, refusals.badBody)
  if (body.type !== 'worker') return body
  const script = scriptNamed(store, body.script_name)
  const share = script && activeDeployment(store, script.id)?.versions[0]
  if (!script || !share) throw refusals.noWorker()
  const version = versionWith(store, script.id, share.version_id)
  if (!version?.exports.handlers.includes('queue')) throw refusals.noHandler()
  return body
}

/** A queue for dead letters that is not there yet is made. */
function makeDeadLetterQueue({ store, now }: Cloud, { dead_letter_queue: name }: ConsumerBody): void {
  if (name && !queries.queueCalled(store, name)) queries.addQueue(store, name, now())
}

function found(store: Store, c: Context): ConsumerRow {
  const known = queries.consumersIn(store, c.req.param('id') ?? '').find(({ id }) => id === c.req.param('consumer'))
  if (!known) throw refusals.noConsumer()
  return known
}

/** A consumer as the API shows it. `script` is what it says, `script_name` what its specification says. */
export function shownConsumer(consumer: ConsumerRow, { id, name }: QueueRow): object {
  const { type, script, dead_letter_queue: dead } = consumer
  const worker = type === 'worker' ? ['max_wait_time_ms', 'max_concurrency'] : ['visibility_timeout_ms']
  const names = ['batch_size', 'max_retries', 'retry_delay', ...worker]
  const settings = Object.entries(consumer.settings).filter(([key, value]) => names.includes(key) && value !== null)
  return {
    consumer_id: consumer.id,
    queue_id: id,
    queue_name: name,
    type,
    ...(script === null ? {} : { script, script_name: script }),
    ...(dead === null ? {} : { dead_letter_queue: dead }),
    settings: Object.fromEntries(settings),
    created_on: new Date(consumer.created_at).toISOString(),
  }
}
