import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** A run with its newest plan, and how its causes are called in links. */
const known = (row: Statement) => sql`(
  select d.deployment_id as run, d.started_at as at, d.dirty, iif(d.operation = 'plan', 'made_in', 'applied_by') as applied,
    printf('cmd-%015d', d.command_id) as command,
    concat_ws(', ', 'trace ' || d.trace_id, substr(d.command, 1, 80)) as told,
    d.deployment_id || '/' || p.n as plan, substr(p.plan_digest, 1, 12) as digest,
    concat_ws('@', d.repository, d.commit_sha) as source, d.commit_sha,
    case when instr(d.task, '#') > 1 then d.task else d.repository || '#' || ltrim(d.task, '#') end as task
  from deployments d left join terraform_operations p on p.deployment_id = d.id and p.n =
    (select max(n) from terraform_operations where deployment_id = d.id and plan_digest is not null)
  where d.id = ${row} and d.command_id is not null)`

/**
 * Links a recorded run to what led to it, as far as that is known by now: a command ran it, or made the plan that it
 * applied; a commit was checked out for the command, and a task was named for it. Links of an earlier time are replaced.
 * @param row the deployment's
 */
export function linkCauses(row: Statement): Statement[] {
  const command = sql`(select printf('cmd-%015d', command_id) from deployments where id = ${row})`
  const run = sql`(select deployment_id from deployments where id = ${row})`
  return [
    sql`delete from links where to_kind = 'command' and to_id = ${command} and relation in ('checked_out_by', 'asked_for')`,
    sql`delete from links where from_kind = 'command' and from_id = ${command} and to_kind in ('deployment', 'plan')`,
    sql`delete from links where to_kind = 'deployment' and to_id = ${run} and from_kind = 'plan'`,
    sql`insert into links (from_kind, from_id, relation, to_kind, to_id, evidence, detail, at)
      with k as ${known(row)}
      select 'command', command, iif(plan is null, 'ran', 'made'), iif(plan is null, 'deployment', 'plan'),
        coalesce(plan, run), 'observed', told, at from k
      union all select 'plan', plan, applied, 'deployment', run, 'observed', 'digest ' || digest, at
        from k where plan is not null
      union all select 'commit', source, 'checked_out_by', 'command', command, 'observed', iif(dirty, 'dirty tree', null), at
        from k where commit_sha is not null
      union all select 'task', task, 'asked_for', 'command', command, 'declared', 'named for the run', at
        from k where task is not null`,
  ]
}
