import { z } from '@hono/zod-openapi'
import { fromBit, fromJson } from '../../platform/columns.ts'
import { namesOf } from '../../platform/names.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { deploymentIds } from '../deployments/queries.ts'
import { DeploymentChange, Resource, ResourceChange, ResourceStatus, Snapshot } from './schema.ts'
import type { ResourceQuery } from './schema.ts'
import { matchOf } from './search.ts'

const ResourceRow = Resource.extend({
  row: z.int(),
  state: z.int(),
  created_by: z.int().nullable(),
  changed_by: z.int().nullable(),
  index_key: fromJson(Resource.shape.index_key).nullable(),
  attributes: fromJson(Resource.shape.attributes).nullable(),
  dependencies: fromJson(Resource.shape.dependencies),
})
type ResourceRow = z.infer<typeof ResourceRow>
const ChangeRow = ResourceChange.extend({
  row: z.int(),
  changed: fromJson(ResourceChange.shape.changed),
  deployment_row: z.int().nullable(),
})
const Candidate = z.object({ row: z.int(), state: z.string(), status: ResourceStatus })
type Filters = Omit<ResourceQuery, 'limit' | 'cursor'>

const columns = sql`m.id as row, printf('res-%09d', m.id) as id, m.state_id as state, m.address, m.module, m.type, m.name,
  m.index_key, m.provider, m.provider_address, m.cloud_id, m.status, m.attributes, m.dependencies, m.created_by,
  m.changed_by, ${time('m.created_at')}, ${time('m.updated_at')}, ${time('m.deleted_at')}`

/** Resources share few states and deployments: their names are read once each, not joined to every row. */
async function shown(db: D1Database, rows: readonly ResourceRow[]): Promise<Resource[]> {
  const [states, deployments] = await Promise.all([
    stateNames(db, rows),
    deploymentIds(
      db,
      rows.flatMap((row) => [row.created_by, row.changed_by]).filter((id) => id !== null),
    ),
  ])
  const deployment = (id: number | null) => (id === null ? null : (deployments.get(id) ?? null))
  return rows.map((row) =>
    Resource.parse({
      ...row,
      state: states.get(row.state),
      created_by: deployment(row.created_by),
      changed_by: deployment(row.changed_by),
    }),
  )
}

async function stateNames(db: D1Database, rows: readonly ResourceRow[]): Promise<ReadonlyMap<number, string>> {
  return namesOf(
    db,
    rows.map(({ state }) => state),
    (wanted) => sql`select s.id, s.name from ${wanted} as wanted cross join states s on s.id = wanted.column1`,
  )
}

/** The conditions carry the literal texts of the partial indexes, or those would not be used. */
function meets({ state, provider, type, status }: Filters): (Statement | null)[] {
  return [
    sql`m.status <> 'deleted'`,
    state ? sql`m.state_id = (select id from states where name = ${state})` : null,
    provider ? sql`m.provider = ${provider}` : null,
    type ? sql`m.type = ${type}` : null,
    status ? sql`m.status = ${status}` : null,
    status && status !== 'active' ? sql`m.status in ('tainted', 'deposed')` : null,
  ]
}

/** A page of the live resources, newest first. */
export async function listResources(db: D1Database, filters: Filters, page: Page) {
  const after = z.tuple([z.int()]).safeParse(page.after).data?.[0]
  const { text } = filters
  const place = text ? sql`t.rowid` : sql`m.id`
  const source = text ? sql`resource_text t cross join managed_resources m on m.id = t.rowid` : sql`managed_resources m`
  const condition = every([
    text ? sql`resource_text match ${matchOf(text)}` : null,
    ...meets(filters),
    after === undefined ? null : sql`${place} < ${after}`,
  ])
  const rows = await sql`select ${columns} from ${source} where ${condition}
    order by ${place} desc limit ${page.limit + 1}`.all(db, ResourceRow)
  const { rows: resources, next } = closePage(page, rows, ({ row }) => [row])
  return { resources: await shown(db, resources), next }
}

/** A resource, also a deleted one. */
export async function findResource(db: D1Database, row: number): Promise<Resource | null> {
  const found = await sql`select ${columns} from managed_resources m where m.id = ${row}`.all(db, ResourceRow)
  return (await shown(db, found))[0] ?? null
}

/** Who bears this address, in any state or in one; at most 20. */
export async function findByAddress(db: D1Database, address: string, state: string | undefined) {
  const inState = state === undefined ? null : sql`m.state_id = (select id from states where name = ${state})`
  return sql`select m.id as row, s.name as state, m.status from managed_resources m join states s on s.id = m.state_id
    where ${every([sql`m.address = ${address}`, inState])} limit 20`.all(db, Candidate)
}

function changes(condition: Statement, limit: number): Statement {
  return sql`select c.id as row, c.action, c.changed, c.version, c.serial, c.deployment_id as deployment_row,
    d.deployment_id as deployment, d.actor, ${time('c.at')}
    from resource_changes c left join deployments d on d.id = c.deployment_id
    where ${condition} order by c.id desc limit ${limit}`
}

/** A page of what happened to a resource, newest first. */
export async function listChanges(db: D1Database, resource: number, page: Page) {
  const after = z.tuple([z.int()]).safeParse(page.after).data?.[0]
  const condition = every([sql`c.resource_id = ${resource}`, after === undefined ? null : sql`c.id < ${after}`])
  const found = await changes(condition, page.limit + 1).all(db, ChangeRow)
  const { rows, next } = closePage(page, found, ({ row }) => [row])
  return { changes: rows.map((row) => ResourceChange.parse(row)), next }
}

/** What happened to a resource last. */
export async function lastChange(db: D1Database, resource: number) {
  return changes(sql`c.resource_id = ${resource}`, 1).first(db, ChangeRow)
}

/** What a deployment did to resources, in order; the first 200. */
export async function changesBy(db: D1Database, deployment: number) {
  return sql`select printf('res-%09d', c.resource_id) as resource, m.address, c.action, c.changed, ${time('c.at')}
    from resource_changes c join managed_resources m on m.id = c.resource_id
    where c.deployment_id = ${deployment} order by c.id limit 200`.all(
    db,
    DeploymentChange.extend({ changed: fromJson(DeploymentChange.shape.changed) }),
  )
}

const DoneRow = z.object({
  row: z.int(),
  address: z.string(),
  type: z.string(),
  provider: z.string(),
  action: ResourceChange.shape.action,
})
type DoneFilters = {
  readonly action?: string | undefined
  readonly condition: (address: Statement) => Statement | null
}

/**
 * A page of what a deployment did to resources, in order. A filter is looked for among what this one deployment did: an
 * index for it would cost a row written for each change there ever is.
 */
export async function listDone(db: D1Database, deployment: number, { action, condition }: DoneFilters, page: Page) {
  const after = z.tuple([z.int()]).safeParse(page.after).data?.[0]
  const found = await sql`select c.id as row, m.address, m.type, m.provider_address as provider, c.action
    from resource_changes c join managed_resources m on m.id = c.resource_id
    where ${every([
      sql`c.deployment_id = ${deployment}`,
      after === undefined ? null : sql`c.id > ${after}`,
      action === undefined ? null : sql`c.action = ${action}`,
      condition(sql`m.address`),
    ])} order by c.id limit ${page.limit + 1}`.all(db, DoneRow)
  return closePage(page, found, ({ row }) => [row])
}

/** The state versions that a deployment wrote, in order; the first 200. */
export async function snapshotsBy(db: D1Database, deployment: number) {
  return sql`select version, serial, size, resource_count, forced, ${time('created_at')} from state_snapshots
    where deployment_id = ${deployment} order by id limit 200`.all(db, Snapshot.extend({ forced: fromBit }))
}

/** One version of a state, by the state's name. */
export async function findSnapshot(db: D1Database, state: string, version: number) {
  const Found = Snapshot.extend({ forced: fromBit, lock_id: z.string().nullable() })
  return sql`select version, serial, size, resource_count, forced, lock_id, ${time('created_at')} from state_snapshots
    where state_id = (select id from states where name = ${state}) and version = ${version}`.first(db, Found)
}
