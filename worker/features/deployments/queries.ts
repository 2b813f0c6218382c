import { z } from '@hono/zod-openapi'
import { fromBit, fromJson } from '../../platform/columns.ts'
import { namesOf } from '../../platform/names.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Deployment, Diagnostic, TerraformOperation } from './schema.ts'
import type { DeploymentQuery } from './schema.ts'
import { Moment } from './timeline.ts'

/** A deployment as stored: as shown, with the integers that sort and join it. */
export const DeploymentRow = Deployment.extend({
  row: z.int(),
  started: z.int(),
  inferred: fromBit,
  dirty: fromBit.nullable(),
})

const Place = z.tuple([z.int(), z.int()])
type Filters = Omit<DeploymentQuery, 'limit' | 'cursor'>

const selected = sql`select d.id as row, d.started_at as started, d.deployment_id as id, d.source, s.name as state,
  d.operation, d.status, d.inferred, d.reason, d.actor, d.credential, d.terraform_version, d.environment, d.branch,
  d.commit_sha, d.tool, d.command, d.working_directory, d.repository, d.dirty, d.task, d.exit_code, d.expected_ms,
  d.resources_created, d.resources_updated, d.resources_deleted, d.resources_imported,
  d.resources_forgotten, d.resource_count, d.writes, ${time('d.started_at')}, ${time('d.updated_at')},
  ${time('d.reported_at')}, ${time('d.finished_at')}, coalesce(d.duration_ms, d.finished_at - d.started_at) as duration_ms
  from deployments d left join states s on s.id = d.state_id`

/** The newest deployments that meet every condition. */
export function newestDeployments(condition: Statement, limit: number): Statement {
  return sql`${selected} where ${condition} order by d.started_at desc, d.id desc limit ${limit}`
}

function meets({ status, state, operation, actor, credential, from }: Filters): (Statement | null)[] {
  return [
    status ? sql`d.status = ${status}` : null,
    state ? sql`d.state_id = (select id from states where name = ${state})` : null,
    operation ? sql`d.operation = ${operation}` : null,
    actor ? sql`d.actor = ${actor}` : null,
    credential ? sql`d.credential = ${credential}` : null,
    from ? sql`d.started_at >= ${Date.parse(from)}` : null,
  ]
}

/** SQLite seeks by one upper bound: after the first page the place is the nearer one, and `to` is behind it. */
function isBefore(place: z.infer<typeof Place> | undefined, to: string | undefined): Statement | null {
  if (place) return sql`(d.started_at, d.id) < (${place[0]}, ${place[1]})`
  return to ? sql`d.started_at < ${Date.parse(to)}` : null
}

/** A page of deployments, newest first. */
export async function listDeployments(db: D1Database, filters: Filters, page: Page) {
  const place = Place.safeParse(page.after).data
  const condition = every([...meets(filters), isBefore(place, filters.to)])
  const rows = await newestDeployments(condition, page.limit + 1).all(db, DeploymentRow)
  const { rows: deployments, next } = closePage(page, rows, ({ started, row }) => [started, row])
  return { deployments: deployments.map((row) => Deployment.parse(row)), next }
}

/** The deployment with this public id, or behind this row. */
export async function findDeployment(db: D1Database, where: { id: string } | { row: number }) {
  const condition = 'id' in where ? sql`d.deployment_id = ${where.id}` : sql`d.id = ${where.row}`
  return newestDeployments(condition, 1).first(db, DeploymentRow)
}

/** Runs writes, and shows in the same round trip what they have made of a deployment. */
export async function transactAndShow(db: D1Database, writes: readonly Statement[], row: Statement | number) {
  const results = await transact(db, [...writes, newestDeployments(sql`d.id = ${row}`, 1)])
  return Deployment.parse(DeploymentRow.parse(results.at(-1)?.results[0]))
}

const Diagnostics = z.object({ total: z.int(), list: z.array(Diagnostic) })
const OperationRow = TerraformOperation.omit({ plan: true, more_diagnostics: true }).extend({
  diagnostics: fromJson(Diagnostics).nullable(),
  plan_format: z.string().nullable(),
  plan_known: fromBit.nullable(),
  plan_digest: z.string().nullable(),
})

/** What Terraform did in a deployment, in order. */
export async function operationsOf(db: D1Database, deployment: number): Promise<TerraformOperation[]> {
  const rows =
    await sql`select n, kind, status, exit_code, coalesce(duration_ms, finished_at - started_at) as duration_ms, to_add, to_change, to_destroy, to_import, to_move,
    to_forget, drifted, added, changed, destroyed, imported, diagnostics, plan_format, plan_known, plan_digest,
    ${time('started_at')}, ${time('finished_at')}
    from terraform_operations where deployment_id = ${deployment} order by n limit 50`.all(db, OperationRow)
  return rows.map(({ diagnostics, plan_format: format_version, plan_known: known, plan_digest: digest, ...row }) => ({
    ...row,
    plan: format_version === null || digest === null ? null : { format_version, known: known === true, digest },
    diagnostics: diagnostics?.list.toSorted((a, b) => a.n - b.n) ?? [],
    more_diagnostics: diagnostics ? diagnostics.total - diagnostics.list.length : 0,
  }))
}

/** What else was noted of a deployment, in order; the first 200. */
export async function notesOf(db: D1Database, deployment: number): Promise<Moment[]> {
  return sql`select ${time('at')}, kind, detail from deployment_notes
    where deployment_id = ${deployment} order by deployment_notes.at, kind, n limit 200`.all(db, Moment)
}

/** The public ids of deployments. */
export async function deploymentIds(db: D1Database, rows: readonly number[]): Promise<ReadonlyMap<number, string>> {
  return namesOf(
    db,
    rows,
    (wanted) => sql`select d.id, d.deployment_id as name
      from ${wanted} as wanted cross join deployments d on d.id = wanted.column1`,
  )
}
