import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { actionsApp } from '../apps/queries.ts'
import { addRun, addSuite, changeRun } from '../checks/changes.ts'
import { runById as checkRunById, suiteById } from '../checks/queries.ts'
import type { HeadCommit } from '../checks/schema.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { jobJson, runJson, workflowJson } from './present.ts'
import { jobById, jobsOf, runById, workflowById } from './queries.ts'
import type { Conclusion, Job, Run, Workflow } from './schema.ts'

/** Why and on what a workflow runs. */
export type Start = {
  readonly event: string
  readonly payload: string
  readonly ref: string
  readonly commit: HeadCommit
  readonly actor: Account
  readonly title: string
  readonly job: string
  /** What this machine runs in its place, if it is bound. */
  readonly command: string | null
}

const Numbered = z.object({ last_number: z.number() })

/** Queues a run with its one job, which stands for all that the file says. */
export function addWorkflowRun(world: World, repository: Repository, workflow: Workflow, start: Start): Run {
  const { store, now } = world
  const { event, payload, ref, commit, actor, title } = start
  return store.transact(() => {
    const at = now()
    const branch = ref.startsWith('refs/heads/') ? ref.slice(11) : null
    const suite = addSuite(world, repository, actionsApp(world), commit, actor, branch)
    const id = store.insert('workflow_runs', {
      repository_id: repository.id,
      workflow_id: workflow.id,
      suite_id: suite.id,
      run_number: takeNumber(world, workflow),
      title,
      event,
      payload,
      ref,
      head_branch: branch ?? ref.replace('refs/tags/', ''),
      head_sha: commit.id,
      head_commit: JSON.stringify(commit),
      actor_id: actor.id,
      triggering_actor_id: actor.id,
      status: 'queued',
      created_at: at,
      updated_at: at,
      started_at: at,
    })
    raiseRun(world, id, 'requested')
    addJob(world, found(runById(store, id)), start.job, start.command)
    return found(runById(store, id))
  })
}

function takeNumber({ store }: World, { id }: Workflow): number {
  store.run(sql`update workflows set last_number = last_number + 1 where id = ${id}`)
  return store.first(sql`select last_number from workflows where id = ${id}`, Numbered)?.last_number ?? 1
}

function addJob(world: World, run: Run, name: string, command: string | null): void {
  const { store, now } = world
  const { repository, actor } = partiesOf(world, run)
  const suite = found(suiteById(store, run.suite_id))
  const check = addRun(world, repository, suite, actor, { name, status: 'queued' })
  const id = store.insert('workflow_jobs', {
    run_id: run.id,
    run_attempt: run.run_attempt,
    name,
    command,
    status: 'queued',
    check_run_id: check.id,
    created_at: now(),
  })
  raiseJob(world, id, 'queued')
}

/** Says that a job has begun. False when it was cancelled meanwhile. */
export function beginJob(world: World, id: number): boolean {
  const { store, now } = world
  return store.transact(() => {
    const job = jobById(store, id)
    if (job?.status !== 'queued') return false
    const at = now()
    store.update('workflow_jobs', id, { status: 'in_progress', started_at: at })
    store.update('workflow_runs', job.run_id, { status: 'in_progress', started_at: at, updated_at: at })
    judge(world, job, { status: 'in_progress', started_at: at })
    raiseRun(world, job.run_id, 'in_progress')
    raiseJob(world, id, 'in_progress')
    return true
  })
}

/** Says how a job ended, and with it its run; once. */
export function endJob(world: World, id: number, conclusion: Conclusion): void {
  const { store, now } = world
  store.transact(() => {
    const job = jobById(store, id)
    if (!job || job.status === 'completed') return
    const at = now()
    const times = { started_at: job.started_at ?? at, completed_at: at }
    store.update('workflow_jobs', id, { status: 'completed', conclusion, process: null, ...times })
    judge(world, job, { status: 'completed', conclusion, completed_at: at })
    raiseJob(world, id, 'completed')
    store.update('workflow_runs', job.run_id, { status: 'completed', conclusion, updated_at: at })
    raiseRun(world, job.run_id, 'completed')
  })
}

/** A job is a check of its commit as well. */
function judge(world: World, job: Job, columns: Parameters<typeof changeRun>[5]): void {
  const { store } = world
  const check = checkRunById(store, job.check_run_id)
  const suite = check && suiteById(store, check.suite_id)
  const { repository, actor } = partiesOf(world, found(runById(store, job.run_id)))
  if (check && suite) changeRun(world, repository, suite, check, actor, columns)
}

/** Runs the same once more, as another attempt. */
export function rerun(world: World, run: Run, actor: Account, command: string | null): Run {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    store.update('workflow_runs', run.id, {
      run_attempt: run.run_attempt + 1,
      triggering_actor_id: actor.id,
      status: 'queued',
      conclusion: null,
      started_at: at,
      updated_at: at,
    })
    raiseRun(world, run.id, 'requested')
    const name = jobsOf(store, run.id).at(-1)?.name ?? 'run'
    const again = found(runById(store, run.id))
    addJob(world, again, name, command)
    return again
  })
}

type Parties = { readonly repository: Repository; readonly workflow: Workflow; readonly actor: Account }

export function partiesOf({ store }: World, run: Run): Parties {
  return {
    repository: found(repositoryById(store, run.repository_id)),
    workflow: found(workflowById(store, run.workflow_id)),
    actor: found(accountById(store, run.triggering_actor_id)),
  }
}

function raiseRun(world: World, id: number, action: string): void {
  const run = found(runById(world.store, id))
  const { repository, workflow, actor: sender } = partiesOf(world, run)
  const body: Json = {
    workflow: workflowJson(world, repository, workflow),
    workflow_run: runJson(world, repository, workflow, run),
  }
  world.events.raise({ name: 'workflow_run', action, repository, sender, body })
}

function raiseJob(world: World, id: number, action: string): void {
  const job = found(jobById(world.store, id))
  const run = found(runById(world.store, job.run_id))
  const { repository, workflow, actor: sender } = partiesOf(world, run)
  const body: Json = { workflow_job: jobJson(world, repository, workflow, run, job) }
  world.events.raise({ name: 'workflow_job', action, repository, sender, body })
}
