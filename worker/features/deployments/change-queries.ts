import { z } from '@hono/zod-openapi'
import { fromJson } from '../../platform/columns.ts'
import { closePage, openPage, places } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, readAll, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { listDone } from '../resources/queries.ts'
import { outcomeOf, PlannedChange, Steps } from './change.ts'
import type { ChangeQuery } from './change.ts'

type Kind = PlannedChange['kind']
type Filters = Pick<ChangeQuery, 'action' | 'address'>

const Sides = PlannedChange.pick({
  before: true,
  after: true,
  after_unknown: true,
  replace_paths: true,
  truncated: true,
})
const ChangeRow = PlannedChange.pick({
  kind: true,
  address: true,
  previous_address: true,
  type: true,
  action: true,
  reason: true,
  importing: true,
}).extend({
  deposed: z.string(),
  provider: z.string(),
  steps: fromJson(Steps).nullable(),
  change: fromJson(Sides).nullable(),
})

const unseen = { before: null, after: null, after_unknown: null, replace_paths: null, truncated: false }

/** A page of a run's changes: as its plan lists them or, without a plan, as the state tells them. */
export async function listChanges(db: D1Database, id: string, row: number, query: ChangeQuery) {
  const { isPlanned } =
    (await sql`select exists (select 1 from planned_changes where deployment_id = ${row}) as isPlanned`.first(
      db,
      z.object({ isPlanned: z.int() }),
    )) ?? { isPlanned: 0 }
  const list = `changes of ${id}`
  return isPlanned === 1
    ? listPlanned(db, row, query, openPage(list, places.byChange, query))
    : listSeen(db, row, query, openPage(list, places.byRow, query))
}

/**
 * The changes of a plan, then what it found drifted. An address is sought by the key; an action among what this one plan
 * lists: an index for it would cost a row written for each change, a thousand times what reading one costs.
 */
async function listPlanned(db: D1Database, row: number, { action, address }: Filters, page: Page) {
  const place = places.byChange.safeParse(page.after).data
  const select = (kind: Kind): [Statement, typeof ChangeRow] => [
    sql`select kind, address, deposed, previous_address, type, provider, action, reason, importing, steps, change
      from planned_changes where ${every([
        place?.[0] === 'drift' && kind === 'change' ? sql`false` : null,
        sql`deployment_id = ${row} and kind = ${kind}`,
        action === undefined ? null : sql`action = ${action}`,
        ...inRange(address, place?.[0] === kind ? place : undefined),
      ])} order by address, deposed limit ${page.limit + 1}`,
    ChangeRow,
  ]
  const { change, drift } = await readAll(db, { change: select('change'), drift: select('drift') })
  const { rows, next } = closePage(page, [...change, ...drift], (last) => [last.kind, last.address, last.deposed])
  return { changes: rows.map(shown), next }
}

/** SQLite seeks by one lower bound: after the first page the place is the nearer one. */
function inRange(address: string | undefined, place: readonly [Kind, string, string] | undefined) {
  const after = place ? sql`(address, deposed) > (${place[1]}, ${place[2]})` : null
  if (address === undefined) return [after]
  const prefix = prefixOf(address)
  if (prefix === null) return [after, sql`address = ${address}`]
  return [after ?? sql`address >= ${prefix}`, sql`address < ${endOf(prefix)}`]
}

/** The beginning that is wanted, or null when an address is given whole. */
function prefixOf(address: string): string | null {
  return address.endsWith('*') ? address.slice(0, -1) : null
}

/** A text after all that begin so. */
function endOf(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

function shown({ deposed, provider, steps, change, ...row }: z.infer<typeof ChangeRow>): PlannedChange {
  return {
    ...row,
    ...outcomeOf(row.action, steps),
    ...(change ?? unseen),
    deposed: deposed === '' ? null : deposed,
    provider: provider === '' ? null : provider,
  }
}

async function listSeen(db: D1Database, row: number, { action, address }: Filters, page: Page) {
  const condition = (column: Statement) => {
    if (address === undefined) return null
    const prefix = prefixOf(address)
    return prefix === null ? sql`${column} = ${address}` : sql`${column} >= ${prefix} and ${column} < ${endOf(prefix)}`
  }
  const { rows, next } = await listDone(db, row, { action, condition }, page)
  const changes = rows.map(({ address: where, type, provider, action: done }): PlannedChange => ({
    kind: 'change',
    address: where,
    deposed: null,
    previous_address: null,
    type,
    provider,
    action: done,
    reason: null,
    importing: null,
    status: 'success',
    elapsed_ms: null,
    ...unseen,
  }))
  return { changes, next }
}
