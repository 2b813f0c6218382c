import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { runId } from '../deployments/projection.ts'
import type { RunKey } from '../deployments/projection.ts'
import type { Difference, Facts, Item } from './inventory.ts'

/**
 * One resource that differs from the version before; `item` is null when it is gone. Without a `difference` nothing
 * happened to it, but it is to be shown in another way: a value was marked as a secret, or it depends on something else.
 */
export type Change = {
  readonly address: string
  readonly before: Facts | null
  readonly item: Item | null
  readonly difference: Difference | null
}

/** The version that the changes came with. */
export type Source = { readonly key: RunKey; readonly version: number; readonly serial: number; readonly at: Moment }

/** Writes a part of a version's changes: inventory, history, search and counters in one batch. */
export function changeResources(source: Source, changes: readonly Change[]): Statement[] {
  const { key, version, serial, at } = source
  const state = sql`(select id from states where name = ${key.state})`
  const acts = JSON.stringify(
    changes.flatMap(({ address, difference: d }) => (d ? [[address, d.action, JSON.stringify(d.changed)]] : [])),
  )
  const gone = JSON.stringify(changes.filter(({ item }) => item === null).map(({ address }) => address))
  const retold = JSON.stringify(changes.filter(isRetold).map(({ address }) => address))
  // The plus keeps SQLite from walking all of a state by the partial index on what is live, for each address anew.
  return [
    sql`delete from resource_text where rowid in (
      select r.id from json_each(${retold}) a join managed_resources r on r.state_id = ${state} and r.address = a.value)`,
    upsert(source, state, JSON.stringify(changes.filter(({ difference }) => difference).flatMap(row))),
    ...reshow(state, changes.filter(({ difference }) => !difference).flatMap(row)),
    sql`update managed_resources set status = 'deleted', deleted_at = ${at}, updated_at = ${at}, changed_by = ${runId(key)}
      where state_id = ${state} and address in (select value from json_each(${gone}))`,
    sql`insert into resource_changes (resource_id, state_id, version, serial, deployment_id, action, changed, at)
      select r.id, r.state_id, ${version}, ${serial}, ${runId(key)}, c.value ->> 1, c.value ->> 2, ${at}
      from json_each(${acts}) c join managed_resources r on r.state_id = ${state} and r.address = c.value ->> 0`,
    sql`insert into resource_text (rowid, text) select r.id, r.address || ' ' || coalesce(r.cloud_id, '')
      from json_each(${retold}) a join managed_resources r on r.state_id = ${state} and r.address = a.value
      where +r.status <> 'deleted'`,
    sql`insert into counters (scope, key, n)
      select value ->> 0, value ->> 1, value ->> 2 from json_each(${JSON.stringify(deltas(changes))}) where true
      on conflict do update set n = n + excluded.n`,
  ]
}

/** A deleted address that comes back is the same resource to a reader, with a new beginning. */
function upsert({ key, at }: Source, state: Statement, rows: string): Statement {
  return sql`insert into managed_resources (state_id, address, module, type, name, index_key, provider, provider_address,
      cloud_id, status, attributes, dependencies, created_by, changed_by, created_at, updated_at)
    select ${state}, value ->> 'address', value ->> 'module', value ->> 'type', value ->> 'name', value ->> 'index_key',
      value ->> 'provider', value ->> 'provider_address', value ->> 'cloud_id', value ->> 'status', value ->> 'attributes',
      value ->> 'dependencies', ${runId(key)}, ${runId(key)}, ${at}, ${at}
    from json_each(${rows}) where true
    on conflict (state_id, address) do update set
      created_by = iif(status = 'deleted', excluded.created_by, created_by),
      created_at = iif(status = 'deleted', excluded.created_at, created_at),
      module = excluded.module, type = excluded.type, name = excluded.name, index_key = excluded.index_key,
      provider = excluded.provider, provider_address = excluded.provider_address, cloud_id = excluded.cloud_id,
      status = excluded.status, attributes = excluded.attributes, dependencies = excluded.dependencies,
      changed_by = excluded.changed_by, updated_at = excluded.updated_at, deleted_at = null`
}

/** What is listed of resources to which nothing happened. */
function reshow(state: Statement, rows: readonly Record<string, unknown>[]): Statement[] {
  if (rows.length === 0) return []
  return [
    sql`update managed_resources set attributes = a.value ->> 'attributes', dependencies = a.value ->> 'dependencies',
        provider_address = a.value ->> 'provider_address', cloud_id = a.value ->> 'cloud_id'
      from json_each(${JSON.stringify(rows)}) a where state_id = ${state} and address = a.value ->> 'address'`,
  ]
}

function row({ address, item }: Change): Record<string, unknown>[] {
  if (item === null) return []
  const { facts, dependencies, ...own } = item
  const { status, provider, type, cloud_id } = facts
  return [{ ...own, address, status, provider, type, cloud_id, dependencies: JSON.stringify(dependencies) }]
}

/** Whether what a search finds has changed. */
function isRetold({ before, item }: Change): boolean {
  return before?.cloud_id !== item?.facts.cloud_id || before === null || item === null
}

/** What the counters of live resources gain and lose. */
function deltas(changes: readonly Change[]): [scope: string, key: string, n: number][] {
  const sums = new Map<string, [string, string, number]>()
  const add = (scope: string, key: string, n: number) => {
    const name = JSON.stringify([scope, key])
    sums.set(name, [scope, key, (sums.get(name)?.[2] ?? 0) + n])
  }
  for (const { before, item } of changes) {
    if (before) {
      add('resources', before.provider, -1)
      add('resource_types', before.type, -1)
    }
    if (item) {
      add('resources', item.facts.provider, 1)
      add('resource_types', item.facts.type, 1)
    }
  }
  return [...sums.values()].filter(([, , n]) => n !== 0)
}
