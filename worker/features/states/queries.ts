import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromBit } from '../../platform/columns.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { every, sql, time } from '../../platform/sql.ts'
import { runId } from '../deployments/projection.ts'
import type { RunKey } from '../deployments/projection.ts'
import { deploymentIds } from '../deployments/queries.ts'
import { State, StateEvent, StateVersion } from './schema.ts'

const VersionRow = StateVersion.extend({ row: z.int().nullable(), forced: fromBit }).omit({ deployment: true })
const EventRow = StateEvent.extend({ row: z.int() })
const Stale = z.object({ state: z.string(), run: z.string() })

const columns = sql`name, lineage, serial, version, terraform_version, size, resource_count, tainted_count, inventory,
  inventory_detail, iif(lock_id is null, null, coalesce(lock_who, 'lock ' || lock_id)) as locked_by, ${time('created_at')}, ${time('updated_at')}`

/** A page of the states, by name. */
export async function listStates(db: D1Database, page: Page) {
  const after = page.after?.[0]
  // As the partial index has it: after many deletions the names of the deleted would fill pages.
  const condition = every([sql`deleted_at is null`, after === undefined ? null : sql`name > ${after}`])
  const rows = await sql`select ${columns} from states where ${condition} order by name limit ${page.limit + 1}`.all(
    db,
    State,
  )
  const { rows: states, next } = closePage(page, rows, ({ name }) => [name])
  return { states, next }
}

/** @throws Problem when there is no such state. */
export async function existingState(db: D1Database, name: string): Promise<State> {
  const state = await sql`select ${columns} from states where name = ${name}`.first(db, State)
  if (!state) throw new Problem('not-found', `There is no state ${name}.`)
  return state
}

/** A page of a state's versions, newest first. */
export async function listVersions(db: D1Database, name: string, page: Page) {
  const after = page.after?.[0]
  const rows =
    await sql`select deployment_id as row, version, serial, lineage, lock_id, sha256, size, terraform_version,
      resource_count, inventory, forced, ${time('created_at')}
    from state_snapshots where ${every([
      sql`state_id = (select id from states where name = ${name})`,
      after === undefined ? null : sql`version < ${after}`,
    ])} order by version desc limit ${page.limit + 1}`.all(db, VersionRow)
  const { rows: shown, next } = closePage(page, rows, ({ version }) => [version])
  const names = await deploymentIds(
    db,
    shown.map(({ row }) => row).filter((row) => row !== null),
  )
  const versions = shown.map(({ row, ...version }) => ({
    ...version,
    deployment: row === null ? null : (names.get(row) ?? null),
  }))
  return { versions, next }
}

/** A page of what was refused or forced, newest first. */
export async function listEvents(db: D1Database, name: string, page: Page) {
  const after = page.after?.[0]
  const rows =
    await sql`select id as row, kind, ${time('at')}, lock_id, who, actor, detail from state_events where ${every([
      sql`state_id = (select id from states where name = ${name})`,
      after === undefined ? null : sql`id < ${after}`,
    ])} order by id desc limit ${page.limit + 1}`.all(db, EventRow)
  const { rows: events, next } = closePage(page, rows, ({ row }) => [row])
  return { events: events.map((event) => StateEvent.parse(event)), next }
}

/** The public id of a run, or null while the ledger has not told of it yet. */
export async function deploymentOf(db: D1Database, key: RunKey): Promise<string | null> {
  const found = await sql`select deployment_id as run from deployments where id = ${runId(key)}`.first(
    db,
    z.object({ run: z.string() }),
  )
  return found?.run ?? null
}

/** Runs in progress that nothing has been heard of since a moment, the longest silent first. */
export async function silentRuns(db: D1Database, since: Moment) {
  return sql`select s.name as state, d.run_key as run from deployments d join states s on s.id = d.state_id
    where d.status = 'in_progress' and d.source = 'observed' and d.started_at < ${since} and d.updated_at < ${since}
    order by d.updated_at limit 50`.all(db, Stale)
}
