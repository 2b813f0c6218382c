import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Delivery, Event, Hook } from './schema.ts'

/** To whom hooks belong: a repository or an organisation. */
export type HookOwner = { readonly repository_id: number } | { readonly organization_id: number }

export function hooksOf(store: Store, owner: HookOwner): Hook[] {
  return store.all(sql`select * from hooks where ${ownedBy(owner)} order by id limit 1000`, Hook)
}

export function hookOf(store: Store, owner: HookOwner, id: number): Hook | null {
  return store.first(sql`select * from hooks where ${ownedBy(owner)} and id = ${id}`, Hook)
}

export function hookById(store: Store, id: number): Hook | null {
  return store.first(sql`select * from hooks where id = ${id}`, Hook)
}

type Wanted = { readonly from: number | null; readonly status: string | undefined; readonly limit: number }

/** Finished deliveries, newest first, from this one on. */
export function deliveriesOf(store: Store, hook: number, { from, status, limit }: Wanted): Delivery[] {
  const wanted = every([from !== null && sql`id <= ${from}`, status !== undefined && outcomes[status]])
  return store.all(
    sql`select * from deliveries where hook_id = ${hook} and delivered_at is not null and ${wanted}
      order by id desc limit ${limit}`,
    Delivery,
  )
}

const outcomes: Record<string, Statement> = {
  success: sql`status_code between 200 and 399`,
  failure: sql`status_code between 400 and 599`,
}

export function deliveryOf(store: Store, hook: number, id: number): Delivery | null {
  return store.first(sql`select * from deliveries where hook_id = ${hook} and id = ${id}`, Delivery)
}

export function eventById(store: Store, id: number): Event | null {
  return store.first(sql`select * from events where id = ${id}`, Event)
}

/** The newest events of a repository that match, for its activity. */
export function eventsOf(store: Store, repository: number, condition: Statement, limit: number): Event[] {
  return store.all(
    sql`select * from events where repository_id = ${repository} and ${condition} order by id desc limit ${limit}`,
    Event,
  )
}

function ownedBy(owner: HookOwner): Statement {
  return 'repository_id' in owner
    ? sql`repository_id = ${owner.repository_id}`
    : sql`organization_id = ${owner.organization_id}`
}
