import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { idOf } from '../../platform/ids.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, must, readAll, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { FlowKind, FlowRun, FlowStep, RunStatus, StepStatus } from './schema.ts'
import type { FlowRunWithSteps, RunQuery } from './schema.ts'

export const Caller = z.object({
  actor: z.string(),
  token_id: z.string().nullable(),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
})

/** A failure as it is kept: enough to throw it again. */
export const Failure = z.object({ kind: z.string(), detail: z.string(), extensions: z.record(z.string(), z.unknown()) })
export type Failure = z.infer<typeof Failure>

/** A run as the engine knows it. */
const LiveRun = z.object({
  row: z.int(),
  kind: FlowKind,
  project: z.string(),
  input: fromJson(z.unknown()),
  status: RunStatus,
  instance: z.string(),
  caller: fromJson(Caller),
  asked: z.string(),
  result: fromJson(z.unknown()).nullable(),
  error: fromJson(Failure).nullable(),
  deployment: z.int().nullable(),
  created: z.int(),
})
export type LiveRun = z.infer<typeof LiveRun>

const StepRow = z.object({
  n: z.int(),
  name: z.string(),
  status: StepStatus,
  attempts: z.int(),
  output: fromJson(z.unknown()).nullable(),
})
export type StepRow = z.infer<typeof StepRow>

const live = (
  condition: Statement,
) => sql`select id as row, kind, project, input, status, instance, caller, asked, result,
  error, deployment_id as deployment, created_at as created from flow_runs where ${condition}`

/** A run with its steps, as the engine goes on with it. */
export async function loadRun(db: D1Database, row: number): Promise<{ run: LiveRun; steps: StepRow[] }> {
  const { runs, steps } = await readAll(db, {
    runs: [live(sql`id = ${row}`), LiveRun],
    steps: [sql`select n, name, status, attempts, output from flow_steps where run_id = ${row} order by n`, StepRow],
  })
  const [run] = runs
  if (!run) throw new Error(`There is no run ${row}.`)
  return { run, steps }
}

/** The run that an `Idempotency-Key` has begun, or null. */
export async function runWithKey(db: D1Database, key: string): Promise<LiveRun | null> {
  return live(sql`idempotency_key = ${key}`).first(db, LiveRun)
}

/** The run that was accepted with this instance. */
export async function runWithInstance(db: D1Database, instance: string): Promise<LiveRun> {
  const found = await live(sql`instance = ${instance}`).first(db, LiveRun)
  if (!found) throw new Error('A run that was accepted is there.')
  return found
}

/** Notes which deployment a run is, in the batch of both. */
export function joinDeployment(instance: string, deployment: Statement): Statement {
  return sql`update flow_runs set deployment_id = ${deployment} where instance = ${instance}`
}

export async function findLiveRun(db: D1Database, row: number): Promise<LiveRun | null> {
  return live(sql`id = ${row}`).first(db, LiveRun)
}

/** The run that works on a project just now, or null. */
export async function runOn(db: D1Database, project: string): Promise<LiveRun | null> {
  return live(sql`project = ${project} and status in ('queued', 'running', 'undoing')`).first(db, LiveRun)
}

/** Whether an earlier run has linked the Pages project of this name, so that it is ours to set. */
export async function hasLinkedPages(db: D1Database, project: string, before: number): Promise<boolean> {
  const found = await sql`select id as row from flow_runs where project = ${project} and id < ${before}
    and kind = 'setup-github-ci' and status = 'success' and input ->> 'target' = 'pages' limit 1`.first(
    db,
    z.object({ row: z.int() }),
  )
  return found !== null
}

type NewRun = Pick<LiveRun, 'kind' | 'project' | 'input' | 'instance' | 'caller' | 'asked'> & {
  readonly key: string | null
  readonly steps: readonly string[]
}

/** Accepts a run with its steps, none of them begun. The batch fails when another works on the project, or has the key. */
export function insertRun(run: NewRun, at: Moment): Statement[] {
  const own = sql`(select id from flow_runs where instance = ${run.instance} and project = ${run.project})`
  return [
    sql`insert into flow_runs (kind, project, input, status, instance, caller, idempotency_key, asked, created_at, updated_at)
      values (${run.kind}, ${run.project}, ${JSON.stringify(run.input)}, 'queued', ${run.instance},
        ${JSON.stringify(run.caller)}, ${run.key}, ${run.asked}, ${at}, ${at}) on conflict do nothing`,
    must(sql`changes() = 1`),
    sql`insert into flow_steps (run_id, n, name) select ${own}, key + 1, value from json_each(${JSON.stringify(run.steps)})`,
  ]
}

/** Notes that a step begins, or is tried again. */
export function beginStep(run: number, n: number, at: Moment): Statement[] {
  return [
    sql`update flow_steps set status = 'running', started_at = coalesce(started_at, ${at}) where run_id = ${run} and n = ${n}`,
    sql`update flow_runs set status = 'running', updated_at = ${at} where id = ${run}`,
  ]
}

type StepChange = {
  readonly status: StepStatus
  readonly attempts: number
  readonly output?: unknown
  readonly error?: string | null
}

/** Notes what became of a step. `output` and `error` stay as they are unless they are given. */
export function changeStep(run: number, n: number, change: StepChange, at: Moment): Statement {
  const { status, attempts, output, error } = change
  const ended = status === 'running' ? null : at
  return sql`update flow_steps set status = ${status}, attempts = ${attempts}, finished_at = ${ended},
      output = iif(${Number(output === undefined)}, output, ${JSON.stringify(output ?? null)}),
      error = iif(${Number(error === undefined)}, error, ${error ?? null})
    where run_id = ${run} and n = ${n}`
}

/** Notes where a run stands. It ends with `success` and `failed`. */
export function changeRun(
  run: number,
  status: RunStatus,
  { result, error }: { result?: unknown; error?: Failure },
  at: Moment,
): Statement {
  const ended = status === 'success' || status === 'failed' ? at : null
  return sql`update flow_runs set status = ${status}, updated_at = ${at}, finished_at = ${ended},
      result = coalesce(${result === undefined ? null : JSON.stringify(result)}, result),
      error = coalesce(${error === undefined ? null : JSON.stringify(error)}, error)
    where id = ${run}`
}

const Unfinished = z.object({ row: z.int(), instance: z.string() })

/** Runs that have not ended and of which nothing was heard since a moment, the longest silent first. */
export async function silentRuns(db: D1Database, since: Moment) {
  return sql`select id as row, instance from flow_runs where status in ('queued', 'running', 'undoing')
    and updated_at < ${since} order by updated_at limit 50`.all(db, Unfinished)
}

/** Hands a run over to another Workflow instance, unless somebody was faster. */
export async function reassign(db: D1Database, row: number, from: string, to: string, at: Moment): Promise<boolean> {
  const changed = await sql`update flow_runs set instance = ${to}, updated_at = ${at}
    where id = ${row} and instance = ${from}`.run(db)
  return changed === 1
}

const RunRow = FlowRun.extend({
  id: z.int().transform((row) => idOf('flow', row)),
  row: z.int(),
  result: fromJson(z.unknown()).nullable(),
})

const shown = sql`select r.id, r.id as row, r.kind, r.project, r.status, r.caller ->> 'actor' as actor,
  d.deployment_id as deployment, r.result, r.error ->> 'detail' as error, ${time('r.created_at')}, ${time('r.updated_at')},
  ${time('r.finished_at')} from flow_runs r left join deployments d on d.id = r.deployment_id`

/** A page of runs, newest first. */
export async function listRuns(db: D1Database, { project, status }: Pick<RunQuery, 'project' | 'status'>, page: Page) {
  const after = page.after?.[0]
  const condition = every([
    project === undefined ? null : sql`r.project = ${project}`,
    status === undefined ? null : sql`r.status = ${status}`,
    after === undefined ? null : sql`r.id < ${after}`,
  ])
  const rows = await sql`${shown} where ${condition} order by r.id desc limit ${page.limit + 1}`.all(db, RunRow)
  const { rows: runs, next } = closePage(page, rows, ({ row }) => [row])
  return { runs: runs.map((row) => FlowRun.parse(row)), next }
}

/** A run with its steps, as it is shown, or null. */
export async function showRun(db: D1Database, row: number): Promise<FlowRunWithSteps | null> {
  const { runs, steps } = await readAll(db, {
    runs: [sql`${shown} where r.id = ${row}`, RunRow],
    steps: [
      sql`select n, name, status, attempts, error, ${time('started_at')}, ${time('finished_at')}
        from flow_steps where run_id = ${row} order by n`,
      FlowStep,
    ],
  })
  const [run] = runs
  return run ? { ...FlowRun.parse(run), steps } : null
}
