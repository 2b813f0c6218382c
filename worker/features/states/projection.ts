import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { audited } from '../audit/audit.ts'
import { beginRun, finishRun, noteRun, runId } from '../deployments/projection.ts'
import type { RunKey } from '../deployments/projection.ts'
import { conclude } from '../deployments/run.ts'
import type { Caller, Entry } from './journal.ts'
import { operationOf, story } from './lock.ts'
import type { Lock } from './lock.ts'
import type { StateEvent } from './schema.ts'

/** Entries done, and parts done of the next. */
export type Cursor = { readonly seq: number; readonly part: number }

/** One batch of an entry's projection. */
export type Part = { readonly effect: readonly Statement[]; readonly isLast: boolean }

const CursorRow = z.object({ seq: z.int(), part: z.int() })

/** How far D1 has followed a state's journal. */
export async function readCursor(db: D1Database, state: string): Promise<Cursor> {
  const row = await sql`select projected_seq as seq, projected_part as part from states where name = ${state}`.first(
    db,
    CursorRow,
  )
  return row ?? { seq: 0, part: 0 }
}

/**
 * Applies one part of a journal entry and moves the cursor, in one transaction that is undone unless D1 stands at `from`:
 * so a part that was applied before, by a try whose reply was lost, is not applied again.
 * @returns false when D1 stood elsewhere.
 */
export async function apply(
  db: D1Database,
  state: string,
  from: Cursor,
  to: Cursor,
  effect: readonly Statement[],
  at: Moment,
): Promise<boolean> {
  try {
    await transact(db, [
      sql`insert into states (name, created_at, updated_at) values (${state}, ${at}, ${at}) on conflict do nothing`,
      must(sql`exists (select 1 from states
        where name = ${state} and projected_seq = ${from.seq} and projected_part = ${from.part})`),
      ...effect,
      sql`update states set projected_seq = ${to.seq}, projected_part = ${to.part} where name = ${state}`,
    ])
    return true
  } catch (error) {
    if (isBrokenAssertion(error)) return false
    throw error
  }
}

/** What the ledger must know of a run to tell how it ended. */
const Progress = z.object({ operation: z.string().nullable(), writes: z.int(), tainted: z.int(), resources: z.int() })
export type Progress = z.infer<typeof Progress>

/** A run's operation and writes so far, and what the state holds. */
export async function readProgress(db: D1Database, key: RunKey): Promise<Progress | null> {
  return sql`select d.operation, coalesce(d.writes, 0) as writes, s.tainted_count as tainted, s.resource_count as resources
    from states s left join deployments d on d.id = ${runId(key)} where s.name = ${key.state}`.first(db, Progress)
}

/** Ends a run of our own, whose outcome is known and need not be concluded. */
export function finishOwnRun(key: RunKey, reason: string, at: Moment): Statement[] {
  return [...finishRun(key, 'success', reason, at), sql`update deployments set inferred = 0 where id = ${runId(key)}`]
}

/** The run that a lock is part of: its recorder's, or one of its own. */
export function runOf(state: string, lock: Lock): RunKey {
  return lock.run === null ? { state, run: lock.info.ID, recorded: false } : { state, run: lock.run, recorded: true }
}

/** The effect of every entry that has no parts. */
export function effectOf(
  state: string,
  entry: Exclude<Entry, { kind: 'written' | 'deleted' }>,
  progress: Progress | null,
  at: Moment,
): Statement[] {
  switch (entry.kind) {
    case 'locked':
      return taken(state, entry.lock, at)
    case 'released': {
      const end = conclude(progress ?? { operation: null, writes: 0, tainted: 0 })
      return [...released(runOf(state, entry.lock), end, at), freed(state, entry.lock, at)]
    }
    case 'forced':
      return broken(state, entry.lock, entry.caller, at)
    case 'refused':
      return [noteEvent(state, entry.what, entry.lock_id, entry.who, entry.caller, entry.reason, at)]
    default:
      return entry satisfies never
  }
}

/** A recorded run goes on without its lock, and its recorder tells how it ends. */
function released(key: RunKey, end: ReturnType<typeof conclude>, at: Moment): Statement[] {
  return key.recorded ? [noteRun(key, 'lock_released', '', at)] : finishRun(key, end.status, end.reason, at)
}

/** A run whose lock was broken has been given up, unless a recorder still tells of it. */
function broken(state: string, lock: Lock, caller: Caller, at: Moment): Statement[] {
  const key = runOf(state, lock)
  const reason = `The lock was broken by ${caller.credential}.`
  const { ID: id, Who: who } = lock.info
  const { run: _, ...shown } = lock
  return [
    ...(key.recorded ? [] : finishRun(key, 'abandoned', reason, at)),
    noteRun(key, 'lock_broken', reason, at),
    freed(state, lock, at),
    noteEvent(state, 'lock_forced', id, who, caller, story(state, lock), at),
    audited({ ...actBy(caller), action: 'state.force_unlock', subject: state, detail: { lock: shown } }, at),
  ]
}

function taken(state: string, lock: Lock, at: Moment): Statement[] {
  const run = {
    ...runOf(state, lock),
    operation: operationOf(lock.info),
    actor: lock.info.Who || null,
    credential: lock.credential,
    terraformVersion: lock.info.Version || null,
  }
  return [
    ...beginRun(run, at),
    ...(run.recorded ? [noteRun(run, 'lock_taken', `${run.operation}, lock ${lock.info.ID}`, at)] : []),
    sql`update states set lock_id = ${lock.info.ID}, lock_who = ${run.actor}, lock_operation = ${run.operation},
      locked_at = ${at}, updated_at = ${at} where name = ${state}`,
  ]
}

/** Only this lock: by now another may be held. */
function freed(state: string, lock: Lock, at: Moment): Statement {
  return sql`update states set lock_id = null, lock_who = null, lock_operation = null, locked_at = null, updated_at = ${at}
    where name = ${state} and lock_id = ${lock.info.ID}`
}

type EventKind = StateEvent['kind']

/** Notes what no other row tells, with the reason that Terraform does not show. */
export function noteEvent(
  state: string,
  kind: EventKind,
  lockId: string | null,
  who: string | null,
  caller: Caller,
  detail: string,
  at: Moment,
): Statement {
  return sql`insert into state_events (state_id, kind, at, lock_id, who, actor, detail)
    select id, ${kind}, ${at}, ${lockId}, ${who}, ${caller.credential}, ${detail} from states where name = ${state}`
}

export function actBy({ credential, token_id, request_id, address }: Caller) {
  return { actor: credential, token_id, request_id, address }
}
