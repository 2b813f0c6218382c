import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { describeCommand } from '../commands/projection.ts'
import { linkCauses } from './causes.ts'
import { moveAsReported, noteHeard } from './ending.ts'
import { noteSource } from './recording.ts'
import type { RunReport } from './report.ts'
import type { ReportedRun } from './reporting.ts'
import { hasEnded, stepOf } from './run.ts'

type Outcome = Pick<RunReport, 'exit_code' | 'reason' | 'duration_ms'>

const sources = ['repository', 'branch', 'commit_sha', 'dirty', 'task', 'tool', 'terraform_version'] as const

/**
 * What a report changes of a run, and the writes. How a run ended is told once: what is reported of it later only fills
 * gaps. Where it comes from may be corrected at any time.
 * @throws Problem (conflict) when the run has ended in another way
 */
export function updateRun(run: ReportedRun, report: RunReport, at: Moment) {
  const step = stepOf(run, report.status ?? null)
  const isSettled = step === null && hasEnded(run.status)
  const outcome = isSettled ? outcomeOf(run, report) : outcomeOf(report, run)
  const told = (['exit_code', 'reason', 'duration_ms'] as const).filter((name) => outcome[name] !== run[name])
  const given = sources.filter((name) => (report[name] ?? null) !== null && report[name] !== run[name])
  const statements: Statement[] = [
    ...(step === null ? [] : moveAsReported(run, { status: step, ...outcome }, at)),
    ...(told.length === 0 ? [] : [noteOutcome(run.row, outcome)]),
    ...(given.length === 0 ? [] : describe(run.row, report)),
    noteHeard(run.row, at),
  ]
  return { changed: [...(step === null ? [] : ['status']), ...told, ...given], statements }
}

/** What the first tells, and the second where the first does not. */
function outcomeOf(first: Partial<Outcome>, second: Partial<Outcome>) {
  return {
    exit_code: first.exit_code ?? second.exit_code ?? null,
    reason: first.reason ?? second.reason ?? null,
    duration_ms: first.duration_ms ?? second.duration_ms ?? null,
  }
}

function noteOutcome(
  row: number,
  { exit_code: code, reason, duration_ms: ms }: ReturnType<typeof outcomeOf>,
): Statement {
  return sql`update deployments set exit_code = ${code}, reason = ${reason}, duration_ms = ${ms} where id = ${row}`
}

function describe(row: number, report: RunReport): Statement[] {
  const { repository = null, branch = null, commit_sha: commit = null } = report
  const command = sql`(select command_id from deployments where id = ${row})`
  return [
    noteSource(sql`${row}`, report),
    describeCommand(command, { repository, branch, commit }),
    ...linkCauses(sql`${row}`),
  ]
}
