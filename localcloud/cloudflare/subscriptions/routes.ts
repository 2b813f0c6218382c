import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { newId } from '../identity/tables.ts'
import { pageOf } from '../pages.ts'
import { queueWith } from '../queues/queries.ts'
import type { Store, Tables } from '../store.ts'
import * as refusals from './errors.ts'
import { unknownAmong } from './events.ts'

const tables: Tables = {
  product: 'event subscriptions',
  history: [
    `create table event_subscriptions (
      id text primary key, name text not null, source text not null, events text not null,
      queue_id text not null references queues (id) on delete cascade, is_enabled integer not null,
      created_at integer not null, modified_at integer not null
    ) strict;
    create index event_subscriptions_of_queue on event_subscriptions (queue_id);`,
  ],
}

/** Subscriptions of queues to what happens in the account: kept and given back. Nothing is sent. */
export const subscriptionsProduct: Product = { tables, routes }

const Source = z.looseObject({ type: z.string().min(1) })
const Events = z.array(z.string()).min(1)
const Destination = z.object({ type: z.literal('queues.queue'), queue_id: z.string() })
const Created = z.object({
  name: z.string().min(1),
  enabled: z.boolean().default(true),
  source: Source,
  destination: Destination,
  events: Events,
})
const Changed = Created.omit({ source: true, enabled: true }).extend({ enabled: z.boolean() }).partial()

const Row = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string().transform((text) => Source.parse(JSON.parse(text))),
  events: z.string().transform((text) => Events.parse(JSON.parse(text))),
  queue_id: z.string(),
  is_enabled: z.int().transform(Boolean),
  created_at: z.int(),
  modified_at: z.int(),
})
type Row = z.infer<typeof Row>

const base = '/accounts/:account/event_subscriptions/subscriptions'
const columns = 'id, name, source, events, queue_id, is_enabled, created_at, modified_at'

function routes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, (c) => {
    const order = Order.parse(c.req.query('order'))
    const queue = c.req.query('queue_id')
    const all = store.all(Row, `select ${columns} from event_subscriptions order by ${order}, id`)
    const wanted = all.filter(({ queue_id: id }) => queue === undefined || id === queue)
    const { result, info } = pageOf(c, c.req.query('direction') === 'desc' ? wanted.toReversed() : wanted)
    return ok(result.map(shown), { info })
  })
  api.post(base, async (c) => {
    const sent = await readJson(c, Created, refusals.badBody)
    const row = { id: newId(), ...sent, queue_id: sent.destination.queue_id, is_enabled: sent.enabled }
    return ok(shown(store.transaction(() => add(store, { ...row, created_at: now(), modified_at: now() }))))
  })
  api.get(`${base}/:subscription`, (c) => ok(shown(one(store, c.req.param('subscription')))))
  api.patch(`${base}/:subscription`, async (c) => {
    const change = await readJson(c, Changed, refusals.badBody)
    const known = one(store, c.req.param('subscription'))
    const row = {
      ...known,
      name: change.name ?? known.name,
      events: change.events ?? known.events,
      queue_id: change.destination?.queue_id ?? known.queue_id,
      is_enabled: change.enabled ?? known.is_enabled,
      modified_at: now(),
    }
    prove(store, row)
    keep(store, row)
    return ok(shown(row))
  })
  api.delete(`${base}/:subscription`, (c) => {
    const row = one(store, c.req.param('subscription'))
    store.run('delete from event_subscriptions where id = ?', row.id)
    return ok(shown(row))
  })
}

const Order = z
  .enum(['created_at', 'name', 'enabled', 'source'])
  .catch('name')
  .transform((order) => (order === 'enabled' ? 'is_enabled' : order))

function one(store: Store, id: string): Row {
  const found = store.get(Row, `select ${columns} from event_subscriptions where id = ?`, id)
  if (!found) throw refusals.noSubscription()
  return found
}

/** A source tells one subscription only. */
function add(store: Store, row: Row): Row {
  prove(store, row)
  const isTaken = store.count('select count(*) from event_subscriptions where source = ?', JSON.stringify(row.source))
  if (isTaken > 0) throw refusals.taken(row.source.type)
  keep(store, row)
  return row
}

function prove(store: Store, { source, events, queue_id: queue }: Row): void {
  const unknown = unknownAmong(source.type, events)
  if (unknown.length > 0) throw refusals.unknownEvents(unknown)
  if (!queueWith(store, queue)) throw refusals.noQueue()
}

function keep(store: Store, { id, name, source, events, queue_id, is_enabled, created_at, modified_at }: Row): void {
  const told = [JSON.stringify(source), JSON.stringify(events), queue_id, Number(is_enabled)]
  store.run(
    `insert or replace into event_subscriptions (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    name,
    ...told,
    created_at,
    modified_at,
  )
}

function shown({ id, name, source, events, queue_id, is_enabled, created_at, modified_at }: Row): object {
  return {
    id,
    name,
    enabled: is_enabled,
    source,
    destination: { type: 'queues.queue', queue_id },
    events,
    created_at: new Date(created_at).toISOString(),
    modified_at: new Date(modified_at).toISOString(),
  }
}
