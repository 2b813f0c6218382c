import { accountByLogin } from '../accounts/queries.ts'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import { pagedUnder } from '../platform/pages.ts'
import { Problem, forbidden, found, notFound } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { actionsOf } from './actions.ts'
import { shownCommand } from './bindings.ts'
import { hasLog, redirectTo } from './downloads.ts'
import { jobJson, runJson } from './present.ts'
import { jobById, jobsOf, runById, runsWhere, workflowById } from './queries.ts'
import { partiesOf, rerun } from './runs.ts'
import type { Job, Run } from './schema.ts'

const root = '/repos/:owner/:repo/actions'

/** Runs of workflows and their jobs. */
export const runRoutes = routesOf({
  [`GET ${root}/runs`]: (world, c) => listRuns(world, c, openRepository(world, c, 'read'), sql`true`),
  [`GET ${root}/runs/:run`]: (world, c) => showRun(world, c),
  [`DELETE ${root}/runs/:run`]: remove,
  [`GET ${root}/runs/:run/attempts/:attempt`]: (world, c) => showRun(world, c),
  [`GET ${root}/runs/:run/jobs`]: listJobs,
  [`GET ${root}/runs/:run/attempts/:attempt/jobs`]: listJobs,
  [`GET ${root}/runs/:run/logs`]: downloadLogs,
  [`GET ${root}/runs/:run/attempts/:attempt/logs`]: downloadLogs,
  [`GET ${root}/runs/:run/timing`]: (world, c) => {
    openRun(world, c, 'read')
    return c.json({ billable: {} })
  },
  [`GET ${root}/runs/:run/approvals`]: (world, c) => {
    openRun(world, c, 'read')
    return c.json([])
  },
  [`POST ${root}/runs/:run/rerun`]: again,
  [`POST ${root}/runs/:run/rerun-failed-jobs`]: again,
  [`POST ${root}/runs/:run/cancel`]: cancel,
  [`POST ${root}/runs/:run/force-cancel`]: cancel,
  [`GET ${root}/jobs/:job`]: showJob,
  [`GET ${root}/jobs/:job/logs`]: downloadJobLog,
  [`POST ${root}/jobs/:job/rerun`]: again,
})

/** Runs of a scope, as far as the query wants them. */
export function listRuns(world: World, c: Call, repository: Repository, scope: Statement): Response {
  const runs = runsWhere(world.store, every([sql`repository_id = ${repository.id}`, scope, ...filtersIn(world, c)]))
  return pagedUnder(c, 'workflow_runs', runs, (run) => shownRun(world, repository, run))
}

type Filter = (value: string, store: World['store']) => Statement

const filters: Record<string, Filter> = {
  actor: (login, store) => sql`actor_id = ${accountByLogin(store, login)?.id ?? -1}`,
  branch: (branch) => sql`head_branch = ${branch}`,
  event: (event) => sql`event = ${event}`,
  // One word for both: how far a run is, or how it ended.
  status: (status) => sql`(status = ${status} or conclusion = ${status})`,
  head_sha: (sha) => sql`head_sha = ${sha}`,
  check_suite_id: (suite) => sql`suite_id = ${Number(suite) || 0}`,
  created: createdWithin,
}

function filtersIn({ store }: World, c: Call): Statement[] {
  const given = c.req.query()
  return Object.entries(filters).flatMap(([name, filter]) => {
    const value = given[name]
    return value === undefined ? [] : [filter(value, store)]
  })
}

/** `>=2026-11-01`, `<2026-11-01`, `2026-11-01..2026-11-30`; a day alone means from then on. */
function createdWithin(range: string): Statement {
  const [first = '', last] = range.split('..')
  const [, sign = '>=', day = ''] = /^(>=|<=|>|<)?(.*)$/.exec(first) ?? []
  const at = Date.parse(day) || 0
  const from = sign.startsWith('<') ? sql`created_at <= ${at}` : sql`created_at >= ${at}`
  return last === undefined ? from : sql`${from} and created_at < ${(Date.parse(last) || 0) + 86_400_000}`
}

function shownRun(world: World, repository: Repository, run: Run) {
  return runJson(world, repository, found(workflowById(world.store, run.workflow_id)), run)
}

type Opened = { readonly repository: Repository; readonly run: Run; readonly job: Job | null }

/** The run that the path names, itself or by one of its jobs. */
function openRun(world: World, c: Call, wanted: 'read' | 'write'): Opened {
  const { store } = world
  const repository = openRepository(world, c, wanted)
  const job = c.req.param('job') === undefined ? null : found(jobById(store, numberParam(c, 'job')))
  const run = found(runById(store, job?.run_id ?? numberParam(c, 'run')))
  if (run.repository_id !== repository.id) throw notFound()
  return { repository, run, job }
}

function showRun(world: World, c: Call): Response {
  const { repository, run } = openRun(world, c, 'read')
  const attempt = c.req.param('attempt') === undefined ? run.run_attempt : numberParam(c, 'attempt')
  if (attempt === run.run_attempt) return c.json(shownRun(world, repository, run))
  const [job] = jobsOf(world.store, run.id).filter(({ run_attempt }) => run_attempt === attempt)
  const { status, conclusion, started_at, created_at } = found(job)
  const before = { ...run, run_attempt: attempt, status, conclusion, started_at: started_at ?? created_at }
  return c.json(shownRun(world, repository, before))
}

function remove(world: World, c: Call): Response {
  const { run } = openRun(world, c, 'write')
  if (run.status !== 'completed') throw forbidden('Could not delete the workflow run')
  world.store.run(sql`delete from workflow_runs where id = ${run.id}`)
  return noContent()
}

function listJobs(world: World, c: Call): Response {
  const { repository, run } = openRun(world, c, 'read')
  const attempt = c.req.param('attempt') === undefined ? run.run_attempt : numberParam(c, 'attempt')
  const all = jobsOf(world.store, run.id)
  const jobs = c.req.query('filter') === 'all' ? all : all.filter(({ run_attempt }) => run_attempt === attempt)
  const { workflow } = partiesOf(world, run)
  return pagedUnder(c, 'jobs', jobs, (job) => jobJson(world, repository, workflow, run, job))
}

function showJob(world: World, c: Call): Response {
  const { repository, run, job } = openRun(world, c, 'read')
  return c.json(jobJson(world, repository, partiesOf(world, run).workflow, run, found(job)))
}

function downloadJobLog(world: World, c: Call): Response {
  const job = found(openRun(world, c, 'read').job)
  if (!hasLog(world, job.id)) throw notFound()
  return redirectTo(world, 'job', String(job.id))
}

function downloadLogs(world: World, c: Call): Response {
  const { run } = openRun(world, c, 'read')
  const attempt = c.req.param('attempt')
  const jobs = jobsOf(world.store, run.id)
  if (!jobs.some(({ id }) => hasLog(world, id))) throw notFound()
  return redirectTo(world, 'run', attempt === undefined ? String(run.id) : `${run.id}-${attempt}`)
}

function again(world: World, c: Call): Response {
  const { repository, run } = openRun(world, c, 'write')
  if (run.status !== 'completed')
    throw forbidden(`This workflow run cannot be rerun because it is ${run.status === 'queued' ? 'queued' : 'running'}`)
  const actions = actionsOf(world)
  const binding = actions.bindings.for(repository, partiesOf(world, run).workflow, run)
  rerun(world, run, callerOf(c).user, binding && shownCommand(binding))
  actions.wake()
  return c.json({}, 201)
}

function cancel(world: World, c: Call): Response {
  const { run } = openRun(world, c, 'write')
  if (run.status === 'completed') throw new Problem(409, 'Cannot cancel a workflow run that is completed.')
  for (const job of jobsOf(world.store, run.id)) if (job.status !== 'completed') actionsOf(world).runner.cancel(job)
  return c.json({}, 202)
}
