import { day } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { countIfChanged } from '../../platform/counters.ts'
import { must, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { countCommand, endCommand, storeCommand } from '../commands/projection.ts'
import { linkCauses } from './causes.ts'
import { countDay, nextNumber, numbered } from './projection.ts'

/** A run of a flow as a deployment: who had what done. */
export type FlowDeployment = {
  /** The run's own key, unique among flows. */
  readonly key: string
  readonly operation: 'create' | 'update' | 'delete' | 'other'
  /** Like `flows create-project shop`. */
  readonly command: string
  readonly actor: string
  /** The client's token, like `tok-000000042`, or `root`. */
  readonly client: string
}

/** The row of a flow's run, for a statement that refers to it. */
export const flowRow = (key: string) => sql`(select id from deployments where source = 'flow' and run_key = ${key})`

/** Records a flow's run with its command, its client and the links between them. */
export function beginFlowRun(run: FlowDeployment, at: Moment): Statement[] {
  const today = day(at)
  const row = flowRow(run.key)
  const command = { text: run.command, type: 'other', directory: null, actor: run.actor, startedAt: at } as const
  const unknown = { repository: null, branch: null, commit: null, trace: null }
  const id = sql`(select deployment_id from deployments where id = ${row})`
  return [
    sql`insert into deployments (deployment_id, day, number, source, run_key, operation, status, inferred, actor,
        credential, command, started_at, updated_at)
      select ${numbered(today)}, ${today}, n, 'flow', ${run.key}, ${run.operation}, 'in_progress', 0, ${run.actor},
        ${run.actor}, ${run.command}, ${at}, ${at}
      from ${nextNumber(today)}`,
    countIfChanged('deployments', 'in_progress', 1),
    countDay(today, run.operation),
    must(sql`changes() = 1`),
    storeCommand({ ...command, ...unknown }, row, Number.parseInt(run.key.slice(-4), 16)),
    sql`update deployments set command_id = last_insert_rowid() where id = ${row}`,
    ...countCommand(command),
    ...linkCauses(row),
    sql`insert into links (from_kind, from_id, relation, to_kind, to_id, evidence, detail, at)
      select 'client', ${run.client}, 'asked_for', 'deployment', ${id}, 'observed', ${run.actor}, ${at}`,
  ]
}

/** What a flow's run did to something, as `d1:shop-db`. The same again is one. */
export function linkFlowResource(
  row: number,
  relation: 'created' | 'adopted' | 'updated' | 'deleted',
  resource: string,
  id: string | null,
  at: Moment,
): Statement {
  return sql`insert into links (from_kind, from_id, relation, to_kind, to_id, evidence, detail, at)
    select 'deployment', deployment_id, ${relation}, 'resource', ${resource}, 'observed', ${id}, ${at}
    from deployments where id = ${row} on conflict do nothing`
}

/** Takes back that a flow's run made something. */
export function unlinkFlowResource(row: number, resource: string): Statement {
  return sql`delete from links where from_kind = 'deployment' and to_kind = 'resource' and to_id = ${resource}
    and from_id = (select deployment_id from deployments where id = ${row})`
}

const linked = (relation: string) => sql`(select count(*) from links where from_kind = 'deployment'
  and from_id = deployments.deployment_id and relation = ${relation})`

/** Ends a flow's run. Its counts are those of what it is linked to. */
export function endFlowRun(
  row: number,
  { status, reason, began }: { readonly status: 'success' | 'failed'; readonly reason: string | null; began: Moment },
  at: Moment,
): Statement[] {
  const failure = status === 'failed' ? [countFailedDay(row)] : []
  return [
    sql`update deployments set status = ${status}, reason = ${reason}, finished_at = ${at}, updated_at = ${at},
        resources_created = ${linked('created')}, resources_imported = ${linked('adopted')},
        resources_updated = ${linked('updated')}, resources_deleted = ${linked('deleted')}
      where id = ${row} and status = 'in_progress'`,
    countIfChanged('deployments', 'in_progress', -1),
    countIfChanged('deployments', status, 1),
    ...failure,
    ...endCommand(
      sql`(select command_id from deployments where id = ${row})`,
      status === 'success' ? 0 : 1,
      at - began,
    ),
  ]
}

function countFailedDay(row: number): Statement {
  return sql`update deployment_days set failed = failed + 1 where changes() = 1
    and (day, operation) = (select day, operation from deployments where id = ${row})`
}
