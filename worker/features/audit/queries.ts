import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time } from '../../platform/sql.ts'
import { Act } from './schema.ts'
import type { ActQuery } from './schema.ts'

const ActRow = Act.extend({
  row: z.number(),
  moment: z.number(),
  changed: fromJson(z.array(z.string())),
  detail: fromJson(z.record(z.string(), z.unknown())),
})
const Place = z.tuple([z.int(), z.int()])
type Filters = Omit<ActQuery, 'limit' | 'cursor'>

/** A page of what was done, newest first. */
export async function listActs(db: D1Database, { actor, action, subject, outcome, from, to }: Filters, page: Page) {
  const condition = every([
    actor ? sql`actor = ${actor}` : null,
    action ? sql`action = ${action}` : null,
    subject ? sql`subject = ${subject}` : null,
    outcome ? sql`outcome = ${outcome}` : null,
    from ? sql`audit_log.at >= ${Date.parse(from)}` : null,
    isBefore(Place.safeParse(page.after).data, to === undefined ? null : Date.parse(to)),
  ])
  const rows = await sql`select audit_log.id as row, audit_log.at as moment, printf('aud-%09d', audit_log.id) as id,
      ${time('audit_log.at')}, actor, token_id, action, subject, outcome, request_id, address, changed, detail
    from audit_log where ${condition}
    order by audit_log.at desc, audit_log.id desc limit ${page.limit + 1}`.all(db, ActRow)
  const { rows: shown, next } = closePage(page, rows, ({ moment, row }) => [moment, row])
  return { acts: shown.map((row) => Act.parse(row)), next }
}

/** SQLite seeks by one upper bound: after the first page the place is the nearer one. */
function isBefore(place: z.infer<typeof Place> | undefined, to: Moment | null) {
  if (place) return sql`(audit_log.at, audit_log.id) < (${place[0]}, ${place[1]})`
  return to === null ? null : sql`audit_log.at < ${to}`
}
