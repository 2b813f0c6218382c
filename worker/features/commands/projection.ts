import type { Moment } from '../../platform/clock.ts'
import { count } from '../../platform/counters.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** A command as its recorder tells of it when it begins. */
export type Command = {
  readonly text: string
  readonly type: 'terraform' | 'other'
  readonly directory: string | null
  /** Like `alice@laptop`. */
  readonly actor: string
  readonly repository: string | null
  readonly branch: string | null
  readonly commit: string | null
  readonly trace: string | null
  readonly startedAt: Moment
}

const hourMs = 3_600_000

/** Ids are moments times 2^9: half of a millisecond's ids are given out by chance, the others to whoever meets another. */
const idsPerMs = 512

/**
 * Stores a command of a deployment. Its id is then `last_insert_rowid()`.
 * @param deployment the deployment's row
 * @param seed any whole number
 */
export function storeCommand(command: Command, deployment: Statement, seed: number): Statement {
  const first = command.startedAt * idsPerMs + (seed % (idsPerMs / 2))
  const [user, host] = splitActor(command.actor)
  const id = sql`(select coalesce(max(id) + 1, ${first}) from command_history where id between ${first}
    and ${first + idsPerMs / 2})`
  return sql`insert into command_history (id, command, command_type, working_directory, executed_by, host, executed_at,
      repository, branch, commit_sha, trace_id, deployment_id)
    values (${id}, ${command.text}, ${command.type}, ${command.directory}, ${user}, ${host}, ${command.startedAt},
      ${command.repository}, ${command.branch}, ${command.commit}, ${command.trace}, ${deployment})`
}

/** Counts a command that was stored. */
export function countCommand({ type, startedAt }: Pick<Command, 'type' | 'startedAt'>): Statement[] {
  return [
    sql`insert into command_hours (hour, command_type, n) values (${Math.floor(startedAt / hourMs)}, ${type}, 1)
      on conflict do update set n = n + 1`,
    count('commands', type, 1),
  ]
}

/**
 * Notes how a command ended, once: its hour's failures and durations move with it.
 * @param id the command's row
 */
export function endCommand(id: Statement, exitCode: number | null, durationMs: number): Statement[] {
  const bucket = Math.min(19, Math.floor(Math.log2(Math.max(1, durationMs))))
  const path = `$."${bucket}"`
  return [
    sql`update command_history set exit_code = ${exitCode}, duration_ms = ${durationMs}
      where id = ${id} and duration_ms is null`,
    sql`update command_hours set failed = failed + ${exitCode === null || exitCode === 0 ? 0 : 1},
        total_ms = total_ms + ${durationMs}, buckets = json_set(buckets, ${path}, coalesce(buckets ->> ${path}, 0) + 1)
      where changes() = 1 and (hour, command_type) =
        (select executed_at / ${hourMs}, command_type from command_history where id = ${id})`,
  ]
}

/** Notes where a command ran, as far as that has become known. */
export function describeCommand(id: Statement, known: Pick<Command, 'repository' | 'branch' | 'commit'>): Statement {
  return sql`update command_history set repository = coalesce(${known.repository}, repository),
      branch = coalesce(${known.branch}, branch), commit_sha = coalesce(${known.commit}, commit_sha) where id = ${id}`
}

function splitActor(actor: string): [user: string, host: string | null] {
  const at = actor.lastIndexOf('@')
  return at < 1 ? [actor, null] : [actor.slice(0, at), actor.slice(at + 1)]
}
