import { day } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { countIfChanged } from '../../platform/counters.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { advance } from './run.ts'
import type { RunStatus } from './run.ts'

/**
 * A run as its ledger knows it: the state's name, and its lock id (or the version it wrote without a lock), or the key
 * that its recorder gave it. A recorded run takes several locks, and it is its recorder who says how it ends.
 */
export type RunKey = { readonly state: string; readonly run: string; readonly recorded: boolean }

export type ObservedRun = RunKey & {
  readonly operation: string
  readonly actor: string | null
  readonly credential: string
  readonly terraformVersion: string | null
}

/** How many resources a write created, updated and so on. */
export type Tally = {
  readonly create: number
  readonly update: number
  readonly delete: number
  readonly import: number
  readonly forget: number
}

const stateId = (state: string) => sql`(select id from states where name = ${state})`
const isRun = ({ state, run, recorded }: RunKey) =>
  recorded
    ? sql`run_key = ${run} and source = 'recorded'`
    : sql`state_id = ${stateId(state)} and run_key = ${run} and source <> 'recorded'`

/** The row of a run, for a statement that refers to it. */
export function runId(key: RunKey): Statement {
  return sql`(select id from deployments where ${isRun(key)})`
}

/** The next number `n` of a day's runs, and the public id that is made of it. */
export const nextNumber = (today: string) =>
  sql`(select coalesce(max(number), 0) + 1 as n from deployments where day = ${today})`
export const numbered = (today: string) => sql`printf('deploy-%s-%03d', ${today}, n)`

/**
 * Records a run that was seen to begin. Its public id numbers the runs of a UTC day. A key that was seen before goes on
 * with its run: clients choose lock ids, and one that comes back after years must not stop the journal. A recorded run
 * is known before its first lock, unless its recorder could not reach us then and tells of it later.
 */
export function beginRun(run: ObservedRun, at: Moment): Statement[] {
  const today = day(at)
  const source = run.recorded ? 'recorded' : 'observed'
  return [
    sql`insert into deployments (deployment_id, day, number, source, state_id, run_key, operation, status, inferred, actor,
        credential, terraform_version, started_at, updated_at)
      select ${numbered(today)}, ${today}, n, ${source}, ${stateId(run.state)}, ${run.run},
        ${run.operation}, 'in_progress', 1, ${run.actor}, ${run.credential}, ${run.terraformVersion}, ${at}, ${at}
      from ${nextNumber(today)} where true on conflict do nothing`,
    ...(run.recorded
      ? [countIfChanged('deployments', 'in_progress', 1)]
      : [
          sql`insert into terraform_operations (deployment_id, kind, status, started_at)
            select ${runId(run)}, ${run.operation}, 'in_progress', ${at} where changes() = 1`,
          countIfChanged('deployments', 'in_progress', 1),
        ]),
    countDay(today, run.operation),
    ...(run.recorded ? [noteLock(run, at), joinState(run.run, run.state)] : []),
  ]
}

/** What a lock tells of a run that was known before. */
function noteLock(run: ObservedRun, at: Moment): Statement {
  return sql`update deployments set actor = coalesce(actor, ${run.actor}),
      terraform_version = coalesce(terraform_version, ${run.terraformVersion}), updated_at = max(updated_at, ${at})
    where ${isRun(run)}`
}

/**
 * Notes which state a recorded run works on, unless it is known: its recorder tells, or else its first lock. A plain lock
 * may have borne the run's key as its id; it stays the one that this state knows by it.
 */
export function joinState(run: string, state: string): Statement {
  return sql`update or ignore deployments set state_id = ${stateId(state)}
    where run_key = ${run} and source = 'recorded' and state_id is null`
}

/** Puts what happened beside the operations on a run's timeline; the same again is one. */
export function noteRun(key: RunKey, kind: string, detail: string, at: Moment): Statement {
  return sql`insert into deployment_notes (deployment_id, at, kind, n, detail)
    select id, ${at}, ${kind}, 0, ${detail} from deployments where ${isRun(key)} on conflict do nothing`
}

/** Adds what a write did. A run that turned out to be another operation moves to it, and so do the counts. */
export function noteWrite(
  key: RunKey,
  operation: { from: string; to: string },
  tally: Tally,
  total: number,
  at: Moment,
): Statement[] {
  const moved = operation.from === operation.to ? [] : renameOperation(key, operation.from, operation.to)
  const told = key.recorded ? [] : [noteOperationWrite(key, operation.to, tally)]
  return [
    ...moved,
    // What a recorder counted stands until the first write is seen.
    sql`update deployments set writes = writes + 1, resource_count = ${total}, updated_at = max(updated_at, ${at}),
        resources_created = iif(writes = 0, 0, resources_created) + ${tally.create},
        resources_updated = iif(writes = 0, 0, resources_updated) + ${tally.update},
        resources_deleted = iif(writes = 0, 0, resources_deleted) + ${tally.delete},
        resources_imported = iif(writes = 0, 0, resources_imported) + ${tally.import},
        resources_forgotten = iif(writes = 0, 0, resources_forgotten) + ${tally.forget}
      where ${isRun(key)}`,
    ...told,
  ]
}

function noteOperationWrite(key: RunKey, kind: string, tally: Tally): Statement {
  return sql`update terraform_operations set kind = ${kind}, added = added + ${tally.create},
      changed = changed + ${tally.update}, destroyed = destroyed + ${tally.delete}, imported = imported + ${tally.import}
    where deployment_id = ${runId(key)}`
}

/** Moves a run to another operation, and the day's counts with it. */
export function renameOperation(key: RunKey, from: string, to: string): Statement[] {
  const startDay = sql`(select day from deployments where ${isRun(key)})`
  return [
    sql`update deployments set operation = ${to} where ${isRun(key)} and operation = ${from}`,
    sql`update deployment_days set n = n - 1 where day = ${startDay} and operation = ${from} and changes() = 1`,
    sql`insert into deployment_days (day, operation, n) select ${startDay}, ${to}, 1 where changes() = 1
      on conflict do update set n = n + 1`,
  ]
}

/** Ends a run that is still in progress; one that has ended stays as it ended. */
export function finishRun(key: RunKey, status: RunStatus, reason: string | null, at: Moment): Statement[] {
  const ended = advance('in_progress', status)
  const failure = ended === 'failed' ? [countFailedDay(key)] : []
  return [
    sql`update terraform_operations set status = ${ended}, finished_at = ${at}
      where deployment_id = ${runId(key)} and status = 'in_progress'`,
    sql`update deployments set status = ${ended}, reason = ${reason}, finished_at = ${at}, updated_at = ${at}
      where ${isRun(key)} and status = 'in_progress'`,
    countIfChanged('deployments', 'in_progress', -1),
    countIfChanged('deployments', ended, 1),
    ...failure,
  ]
}

/** The same as `countIfChanged`, for the day. */
export function countDay(today: string, operation: string): Statement {
  return sql`insert into deployment_days (day, operation, n) select ${today}, ${operation}, 1 where changes() = 1
    on conflict do update set n = n + excluded.n`
}

function countFailedDay(key: RunKey): Statement {
  return sql`update deployment_days set failed = failed + 1 where changes() = 1
    and (day, operation) = (select day, operation from deployments where ${isRun(key)})`
}

/** Notes that a run was seen to hold its lock still, so that the silent ones come before it next time. */
export function noteAlive(key: RunKey, at: Moment): Statement {
  return sql`update deployments set updated_at = ${at} where ${isRun(key)} and status = 'in_progress'`
}
