import { day } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { countIfChanged } from '../../platform/counters.ts'
import { momentOf } from '../../platform/reported.ts'
import { must, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { countCommand, storeCommand } from '../commands/projection.ts'
import { linkCauses } from './causes.ts'
import { countDay, joinState, nextNumber, numbered, renameOperation } from './projection.ts'
import { traceIn } from './report.ts'
import type { NewRun } from './report.ts'

/** Whose run it is: the token's row and name. */
export type Reporter = { readonly token: number | null; readonly name: string }

/** The row of the run with this key, which only its recorder and what it starts know. */
export function recordedRow(run: string): Statement {
  return sql`(select id from deployments where run_key = ${run} and source = 'recorded')`
}

/** Records a run that its recorder was the first to tell of. The batch fails if somebody was faster. */
export function createRun(run: NewRun, by: Reporter, expectedMs: number | null, at: Moment): Statement[] {
  const startedAt = momentOf(run.started_at, at)
  const today = day(startedAt)
  return [
    sql`insert into deployments (deployment_id, day, number, source, run_key, operation, status, inferred,
        credential, started_at, updated_at, expected_ms)
      select ${numbered(today)}, ${today}, n, 'recorded', ${run.run}, ${run.operation}, 'in_progress', 0,
        ${by.name}, ${startedAt}, ${at}, ${expectedMs}
      from ${nextNumber(today)} where true on conflict do nothing`,
    countIfChanged('deployments', 'in_progress', 1),
    countDay(today, run.operation),
    must(sql`changes() = 1`),
    ...describeRun(run, by, at),
  ]
}

/** Completes a run that was known by its lock alone. The batch fails if somebody was faster. */
export function adoptRun(
  run: NewRun,
  known: { readonly operation: string },
  by: Reporter,
  expectedMs: number | null,
  at: Moment,
): Statement[] {
  const key = { state: '', run: run.run, recorded: true }
  return [
    sql`update deployments set inferred = iif(status = 'in_progress', 0, inferred), credential = ${by.name},
        started_at = ${momentOf(run.started_at, at)}, expected_ms = ${expectedMs}
      where run_key = ${run.run} and source = 'recorded' and recorder is null`,
    must(sql`changes() = 1`),
    ...(known.operation === run.operation ? [] : renameOperation(key, known.operation, run.operation)),
    ...describeRun(run, by, at),
  ]
}

/** What the recorder knows of its run, with its command and its causes. */
function describeRun(run: NewRun, by: Reporter, at: Moment): Statement[] {
  const row = recordedRow(run.run)
  const command = commandOf(run, at)
  return [
    sql`update deployments set recorder = ${by.name}, recorded_by = ${by.token}, reported_at = ${at},
        updated_at = max(updated_at, ${at}), actor = ${run.actor}, command = ${run.command},
        working_directory = ${run.working_directory ?? null}, environment = ${run.environment ?? null},
        trace_id = ${command.trace}
      where id = ${row}`,
    storeCommand(command, row, Number.parseInt(run.run.slice(-4), 16)),
    sql`update deployments set command_id = last_insert_rowid() where id = ${row}`,
    ...countCommand(command),
    ...noteState(run),
    noteSource(row, run),
    ...linkCauses(row),
  ]
}

/** A state that is not known yet has no row: then its first lock tells. */
export function noteState({ run, state }: NewRun): Statement[] {
  return state ? [joinState(run, state)] : []
}

function commandOf(run: NewRun, at: Moment) {
  return {
    text: run.command,
    type: 'terraform',
    directory: run.working_directory ?? null,
    actor: run.actor,
    repository: run.repository ?? null,
    branch: run.branch ?? null,
    commit: run.commit_sha ?? null,
    trace: traceIn(run.traceparent),
    startedAt: momentOf(run.started_at, at),
  } as const
}

type Source = Pick<NewRun, 'repository' | 'branch' | 'commit_sha' | 'dirty' | 'task' | 'tool' | 'terraform_version'>

/** Notes where a run comes from; what is not given stays as it is. */
export function noteSource(row: Statement, source: Source): Statement {
  const { repository, branch, commit_sha: commit, dirty, task, tool, terraform_version: version } = source
  return sql`update deployments set repository = coalesce(${repository ?? null}, repository),
      branch = coalesce(${branch ?? null}, branch), commit_sha = coalesce(${commit ?? null}, commit_sha),
      dirty = coalesce(${dirty === true ? 1 : dirty === false ? 0 : null}, dirty), task = coalesce(${task ?? null}, task),
      tool = coalesce(${tool ?? null}, tool),
      terraform_version = coalesce(${version ?? null}, terraform_version)
    where id = ${row}`
}
