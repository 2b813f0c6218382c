import type { Moment } from '../../platform/clock.ts'
import { count } from '../../platform/counters.ts'
import { must, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { deleteRunToken } from '../access/queries.ts'
import { endCommand } from '../commands/projection.ts'
import { hasEnded } from './run.ts'
import type { RunStatus, Standing } from './run.ts'

/** A recorded run as it was read. */
export type Known = Standing & { readonly row: number; readonly run_key: string; readonly started: Moment }

type Outcome = {
  readonly status: RunStatus
  readonly inferred: boolean
  readonly reason: string | null
  /** Null for a run that goes on. */
  readonly finishedAt: Moment | null
}

/** Moves a run with all that counts it. The batch fails if the run has moved since it was read. */
function moveRun(run: Known, to: Outcome): Statement[] {
  const failed = Number(to.status === 'failed') - Number(run.status === 'failed')
  return [
    sql`update deployments set status = ${to.status}, inferred = ${Number(to.inferred)}, reason = ${to.reason},
        finished_at = ${to.finishedAt}
      where id = ${run.row} and status = ${run.status} and inferred = ${Number(run.inferred)}`,
    must(sql`changes() = 1`),
    count('deployments', run.status, -1),
    count('deployments', to.status, 1),
    ...(failed === 0 ? [] : [countFailed(run.row, failed)]),
  ]
}

function countFailed(row: number, delta: number): Statement {
  return sql`update deployment_days set failed = failed + ${delta}
    where (day, operation) = (select day, operation from deployments where id = ${row})`
}

export type Reported = {
  readonly status: RunStatus
  readonly reason: string | null
  readonly exit_code: number | null
  /** Milliseconds, or null when only the end was reported. */
  readonly duration_ms: number | null
}

/** Ends a run as its recorder reported, once; or lets it go on when that is what was reported. */
export function moveAsReported(run: Known, reported: Reported, at: Moment): Statement[] {
  const { status, reason, exit_code: exitCode, duration_ms: durationMs } = reported
  if (!hasEnded(status)) return wakeRun(run)
  const finishedAt = Math.max(run.started, Math.min(at, durationMs === null ? at : run.started + durationMs))
  return [
    ...moveRun(run, { status, inferred: false, reason, finishedAt }),
    ...followRun(run.row),
    deleteRunToken(run.run_key),
    ...endCommand(commandOf(run.row), exitCode, durationMs ?? finishedAt - run.started),
  ]
}

const commandOf = (row: number) => sql`(select command_id from deployments where id = ${row})`

/** What follows from a run's end for its operations: no report of theirs came, or one came after the end. */
export function followRun(row: number): Statement[] {
  return [
    sql`update terraform_operations set status = d.status, finished_at = max(terraform_operations.started_at, d.finished_at)
      from deployments d where d.id = ${row} and d.finished_at is not null and d.inferred = 0
        and terraform_operations.deployment_id = d.id and terraform_operations.duration_ms is null`,
    sql`update deployments set resources_created = o.added, resources_updated = o.changed,
        resources_deleted = o.destroyed, resources_imported = o.imported
      from (select coalesce(sum(added), 0) as added, coalesce(sum(changed), 0) as changed,
        coalesce(sum(destroyed), 0) as destroyed, coalesce(sum(imported), 0) as imported
        from terraform_operations where deployment_id = ${row}) as o
      where id = ${row} and writes = 0 and finished_at is not null`,
  ]
}

/** Lets a run that was taken for dead go on. */
export function wakeRun(run: Known): Statement[] {
  return [
    ...moveRun(run, { status: 'in_progress', inferred: false, reason: null, finishedAt: null }),
    sql`update terraform_operations set status = 'in_progress', finished_at = null
      where deployment_id = ${run.row} and status = 'abandoned' and duration_ms is null`,
  ]
}

/**
 * Takes a run for dead that was not heard of after `heard`. Its token stays: a machine that slept may wake, and its
 * terraform must be able to write then. The batch fails if the run was heard of meanwhile.
 */
export function abandonRun(run: Known, reason: string, heard: Moment): Statement[] {
  return [
    must(sql`exists (select 1 from deployments where id = ${run.row} and updated_at <= ${heard})`),
    ...moveRun(run, { status: 'abandoned', inferred: true, reason, finishedAt: Math.max(run.started, heard) }),
    sql`update terraform_operations set status = 'abandoned', finished_at = ${heard}
      where deployment_id = ${run.row} and status in ('pending', 'in_progress')`,
  ]
}

/** Notes that a run was heard of. */
export function noteHeard(row: number, at: Moment): Statement {
  return sql`update deployments set reported_at = ${at}, updated_at = max(updated_at, ${at}) where id = ${row}`
}
