import { z } from '@hono/zod-openapi'
import { loadBody, storeBody, StoredBody } from '../../platform/blobs.ts'
import type { Moment } from '../../platform/clock.ts'
import { must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { linkCauses } from './causes.ts'
import { followRun, noteHeard, wakeRun } from './ending.ts'
import type { Known } from './ending.ts'
import { inParts } from './event-effects.ts'
import { digestOf } from './event-store.ts'
import { actionOf } from './plan-change.ts'
import type { ResourceChange } from './plan-change.ts'
import { planDigest } from './plan-digest.ts'
import type { PlanRecord } from './plan-record.ts'
import { stepOf } from './run.ts'

/** Characters of JSON that are kept of each side of a change. */
const largestSide = 32_000

/** So many values of `inParts` go into one transaction. */
const partsAtOnce = 16

/** What is answered to a plan that was stored. */
export const PlanReceipt = z
  .object({
    operation: z.int(),
    format_version: z.string(),
    known: z.boolean(),
    digest: z.string(),
    stored: z.boolean().openapi({ description: 'False when the same plan had been stored before.' }),
  })
  .openapi('PlanReceipt')
export type PlanReceipt = z.infer<typeof PlanReceipt>

const StoredPlan = StoredBody.extend({ digest: z.string() })

/** The stored record of a plan as JSON text, or null. */
export async function readPlan(env: Env, run: number, operation: number) {
  const found = await sql`select plan_body as body, plan_key as r2_key, plan_digest as digest from terraform_operations
    where deployment_id = ${run} and n = ${operation} and plan_digest is not null`.first(env.DEPLOYMENT_DB, StoredPlan)
  const text = found && (await loadBody(env, found))
  return found && text !== null ? { text, digest: found.digest } : null
}

type Plan = { readonly record: PlanRecord; readonly operation: number }

/**
 * Stores the record of a plan and lists what it would change; of a run's plans the last is listed. The same again changes
 * nothing. A large plan takes several transactions, of which the last makes it known: a try that was broken off is repeated.
 * @param audit completes the last transaction
 */
export async function storePlan(
  env: Env,
  run: Known & { readonly id: string },
  { record, operation }: Plan,
  audit: Statement,
  at: Moment,
): Promise<PlanReceipt> {
  const text = JSON.stringify(record)
  const digest = planDigest(record)
  const format = record.format_version ?? 'unknown'
  const receipt = { operation, format_version: format, known: record.format_known, digest }
  const known = await readPlan(env, run.row, operation)
  if (known?.digest === digest && known.text === text) {
    await transact(env.DEPLOYMENT_DB, signOfLife(run, at))
    return { ...receipt, stored: false }
  }
  const place = `runs/${run.id}/plan-${operation}-${digestOf(Buffer.from(text)).slice(0, 16)}.json.gz`
  const stored = await storeBody(env, place, text)
  const [first = [], ...others] = inTransactions(await listing(env.DEPLOYMENT_DB, run.row, { record, operation }))
  const closing = [
    ...noteOperation(run.row, { record, operation }, { ...stored, digest, format }, at),
    ...linkCauses(sql`${run.row}`),
    ...signOfLife(run, at),
    audit,
  ]
  const all = [first, ...others]
  for (const [index, part] of all.entries()) {
    await transact(env.DEPLOYMENT_DB, index === all.length - 1 ? [...part, ...closing] : part)
  }
  return { ...receipt, stored: true }
}

function signOfLife(run: Known, at: Moment): Statement[] {
  return [...(stepOf(run, null) === null ? [] : wakeRun(run)), noteHeard(run.row, at)]
}

function inTransactions(statements: readonly Statement[]): Statement[][] {
  return Array.from({ length: Math.ceil(statements.length / partsAtOnce) }, (_, index) =>
    statements.slice(index * partsAtOnce, (index + 1) * partsAtOnce),
  )
}

/** The writes that list a plan's changes in place of those of the plan before, or none when a later plan is listed. */
async function listing(db: D1Database, row: number, { record, operation }: Plan): Promise<Statement[]> {
  const later = sql`exists (select 1 from terraform_operations
    where deployment_id = ${row} and n > ${operation} and plan_digest is not null)`
  const { isLater } = (await sql`select ${later} as isLater`.first(db, z.object({ isLater: z.int() }))) ?? {
    isLater: 0,
  }
  if (isLater === 1) return []
  const rows = [
    ...record.resource_changes.map((change) => rowOf('change', change, operation)),
    ...record.resource_drift.map((change) => rowOf('drift', change, operation)),
  ]
  return [
    must(sql`not ${later}`),
    sql`delete from planned_changes where deployment_id = ${row} and steps is null`,
    ...inParts(rows).map((part) => storeChanges(row, part)),
  ]
}

function rowOf(kind: 'change' | 'drift', resource: ResourceChange, operation: number) {
  const { action, reason } = actionOf(resource)
  const { address, previous_address: previous, type, provider_name: provider, deposed, change } = resource
  return {
    kind,
    address,
    deposed: deposed ?? '',
    operation,
    previous,
    type: type ?? '',
    provider: provider ?? '',
    action: action === 'no-op' ? 'other' : action,
    reason,
    importing: change.importing?.id ?? null,
    change: fitting(change),
  }
}

function isLarge(side: unknown): boolean {
  return (JSON.stringify(side) ?? '').length > largestSide
}

/** The sides of a change; one that is too large is left out. */
function fitting({ before, after, after_unknown: unknown, replace_paths: paths }: ResourceChange['change']) {
  const sides = { before, after, after_unknown: unknown, replace_paths: paths }
  const kept = Object.entries(sides).map(([name, side]) => [name, isLarge(side) ? null : side] as const)
  return { ...Object.fromEntries(kept), truncated: Object.values(sides).some(isLarge) }
}

/** What has been done to a resource stays noted, whichever came first. */
function storeChanges(row: number, rows: string): Statement {
  return sql`insert into planned_changes (deployment_id, kind, address, deposed, operation, previous_address, type,
      provider, action, reason, importing, change)
    select ${row}, value ->> 'kind', value ->> 'address', value ->> 'deposed', value ->> 'operation',
      value ->> 'previous', value ->> 'type', value ->> 'provider', value ->> 'action', value ->> 'reason',
      value ->> 'importing', value -> 'change'
    from json_each(${rows}) where true
    on conflict do update set operation = excluded.operation, previous_address = excluded.previous_address,
      type = excluded.type, provider = excluded.provider, action = excluded.action, reason = excluded.reason,
      importing = excluded.importing, change = excluded.change`
}

type Kept = {
  readonly body: Uint8Array | null
  readonly r2_key: string | null
  readonly digest: string
  readonly format: string
}

function noteOperation(row: number, { record, operation }: Plan, kept: Kept, at: Moment): Statement[] {
  const { counts, format_known: known } = record
  return [
    sql`insert into terraform_operations (deployment_id, n, kind, status, started_at, to_add, to_change, to_destroy,
        to_import, to_move, to_forget, drifted, plan_body, plan_key, plan_format, plan_known, plan_digest)
      values (${row}, ${operation}, 'plan', 'in_progress', ${at}, ${counts.add}, ${counts.change}, ${counts.remove},
        ${counts.import}, ${counts.move}, ${counts.forget}, ${counts.drift}, ${kept.body}, ${kept.r2_key},
        ${kept.format}, ${Number(known)}, ${kept.digest})
      on conflict (deployment_id, n) do update set to_add = excluded.to_add, to_change = excluded.to_change,
        to_destroy = excluded.to_destroy, to_import = excluded.to_import, to_move = excluded.to_move,
        to_forget = excluded.to_forget, drifted = excluded.drifted, plan_body = excluded.plan_body,
        plan_key = excluded.plan_key, plan_format = excluded.plan_format, plan_known = excluded.plan_known,
        plan_digest = excluded.plan_digest`,
    ...followRun(row),
  ]
}
