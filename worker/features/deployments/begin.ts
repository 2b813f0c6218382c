import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import type { Principal } from '../../platform/principal.ts'
import { holds } from '../../platform/principal.ts'
import { must, readAll, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { isAlive, replaceRunToken } from '../access/queries.ts'
import { hashOf, newToken } from '../access/token.ts'
import { noteHeard, wakeRun } from './ending.ts'
import { transactAndShow } from './queries.ts'
import { adoptRun, createRun, noteState, recordedRow } from './recording.ts'
import type { NewRun } from './report.ts'
import { mustReport, ReportedRun, reportedRun, untilItHolds } from './reporting.ts'
import { hasEnded, stepOf } from './run.ts'
import type { Deployment } from './schema.ts'

/** How long a run token lasts at most, in milliseconds. */
const tokenMs = 86_400_000

const Duration = z.object({ ms: z.int() })
const Orphan = z.object({ state: z.string().nullable() })

/** What was begun; `token` is the new run token. */
export type Begun = {
  readonly isNew: boolean
  readonly token: { text: string; expiresAt: Moment } | null
  readonly deployment: Deployment
}

/**
 * Begins a run as its recorder tells it, or finds it begun: by an earlier try of the same request, or by a lock that
 * came first. Each time it gets another token.
 * @param audit completes the batch; `isNew` when the recorder is heard of for the first time
 */
export async function beginRecorded(
  db: D1Database,
  run: NewRun,
  principal: Principal,
  at: Moment,
  audit: (isNew: boolean) => readonly Statement[],
): Promise<Begun> {
  return untilItHolds(async () => {
    const { found, orphan, expectedMs } = await read(db, run, at)
    const heir = orphan !== undefined && inherits(principal, run.state, orphan.state)
    if (!heir) mayBegin(principal, found)
    const token = found && isSettled(found) ? null : runTokenFor(run, principal, at)
    const isNew = !found || found.recorder === null
    const effect = [
      ...beginning(run, found, principal, expectedMs, at),
      ...(heir ? handOver(run, principal, at) : []),
      ...(token ? replaceRunToken(nameOf(run), token.row, at) : []),
    ]
    const isTold = [isNew, token, heir].some(Boolean)
    const writes = [...effect, ...(isTold ? audit(isNew) : [])]
    const deployment = await transactAndShow(db, writes, recordedRow(run.run))
    return { isNew: !found, token: token && { text: token.text, expiresAt: token.row.expiresAt }, deployment }
  })
}

/** Refuses whoever begins what another has begun. */
function mayBegin(principal: Principal, found: ReportedRun | undefined): void {
  if (found && found.recorder !== null) mustReport(principal, found)
}

/**
 * Whether a token may go on in the place of the one that began the run and works no more: who knows the run's key and may
 * do what the run does is its recorder.
 */
function inherits(principal: Principal, ...states: (string | null | undefined)[]): boolean {
  return states.every((state) => !state || holds(principal, `state:${state}`))
}

/** A run whose token was deleted or has expired. The owner's works for ever. */
function orphaned(run: NewRun, at: Moment): Statement {
  return sql`run_key = ${run.run} and source = 'recorded' and recorded_by is not null
    and not ${isAlive(sql`recorded_by`, at)}`
}

function handOver(run: NewRun, { name, token }: Principal, at: Moment): Statement[] {
  return [
    sql`update deployments set recorder = ${name}, recorded_by = ${token} where ${orphaned(run, at)}`,
    must(sql`changes() = 1`),
  ]
}

async function read(db: D1Database, run: NewRun, at: Moment) {
  const { known, orphans, durations } = await readAll(db, {
    known: [reportedRun({ run: run.run }), ReportedRun],
    orphans: [
      sql`select (select name from states where id = state_id) as state from deployments where ${orphaned(run, at)}`,
      Orphan,
    ],
    durations: [lastDurations(run), Duration],
  })
  return { found: known[0], orphan: orphans[0], expectedMs: median(durations.map(({ ms }) => ms)) }
}

function isSettled({ status, inferred }: ReportedRun): boolean {
  return hasEnded(status) && !inferred
}

/** What the records call a run token, as they call others by the names that people gave them. One that ended gets none. */
function nameOf(run: NewRun): Statement {
  return sql`select 'run ' || deployment_id as name from deployments
    where id = ${recordedRow(run.run)} and (finished_at is null or inferred = 1)`
}

function beginning(
  run: NewRun,
  found: ReportedRun | undefined,
  principal: Principal,
  expectedMs: number | null,
  at: Moment,
): Statement[] {
  if (!found) return createRun(run, principal, expectedMs, at)
  const wake = stepOf(found, null) === null ? [] : wakeRun(found)
  if (found.recorder === null) return [...wake, ...adoptRun(run, found, principal, expectedMs, at)]
  return [...wake, ...noteState(run), noteHeard(found.row, at)]
}

/** The scope lets nobody reach more than the state, and less than the caller itself. */
function runTokenFor(run: NewRun, principal: Principal, at: Moment) {
  const scope = [`state:${run.state ?? ''}`, `plan:${run.state ?? ''}`].find((each) => holds(principal, each))
  if (!run.state || scope === undefined) return null
  const text = newToken()
  const expiresAt = Math.min(at + tokenMs, principal.expiresAt ?? Infinity)
  const row = {
    hash: hashOf(text),
    scopes: [scope],
    by: principal.name,
    expiresAt,
    parent: principal.token,
    run: run.run,
  }
  return { text, row }
}

/** How long the last five such runs took that succeeded. */
function lastDurations({ state, operation }: NewRun): Statement {
  return sql`select coalesce(d.duration_ms, d.finished_at - d.started_at) as ms from deployments d
    where d.state_id = (select id from states where name = ${state ?? null}) and d.operation = ${operation}
      and d.status = 'success' order by d.started_at desc limit 5`
}

function median(numbers: readonly number[]): number | null {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? null
}
