import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accountById } from '../accounts/queries.ts'
import type { Work } from '../front/app.ts'
import { runGit } from '../git/run.ts'
import { found } from '../platform/problem.ts'
import { secretNamesOf } from '../secrets/queries.ts'
import type { World } from '../world.ts'
import { keepArtifacts } from './artifacts.ts'
import { shownCommand } from './bindings.ts'
import type { Binding, Bindings } from './bindings.ts'
import { environmentFor } from './environment.ts'
import type { Place } from './environment.ts'
import { keepSecrets, sealLog, secretsOf } from './masks.ts'
import { awaitEnd, endCommand, endOf, isRunning, startCommand, tracesIn } from './processes.ts'
import { openJobs, runById } from './queries.ts'
import { beginJob, endJob, partiesOf } from './runs.ts'
import type { Conclusion, Job } from './schema.ts'
import { endToken, tokenFor } from './tokens.ts'

/** How many commands run at once. */
const most = 2

/** Runs the commands that stand for workflows, and finds out after a kill how those ended that were running. */
export class Runner implements Work {
  readonly #world: World
  readonly #bindings: Bindings
  readonly #running = new Map<number, { readonly done: Promise<void>; readonly cancel: AbortController }>()
  #stopped = false

  constructor(world: World, bindings: Bindings) {
    this.#world = world
    this.#bindings = bindings
  }

  /** Looks for jobs to run. */
  wake(): void {
    for (const job of openJobs(this.#world.store)) {
      if (this.#stopped || this.#running.size >= most) return
      if (!this.#running.has(job.id)) this.#take(job)
    }
  }

  /** Ends a job that somebody no longer wants. */
  cancel(job: Job): void {
    const running = this.#running.get(job.id)
    if (running) running.cancel.abort()
    else endJob(this.#world, job.id, 'cancelled')
  }

  /** Nothing that was started here outlives the server. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const { cancel } of this.#running.values()) cancel.abort()
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  #take(job: Job): void {
    const run = found(runById(this.#world.store, job.run_id))
    const { repository, workflow } = partiesOf(this.#world, run)
    const binding = this.#bindings.for(repository, workflow, run)
    // Without a binding a job waits, as it does for a runner that is not there.
    if (!binding && job.status === 'queued') return
    const cancel = new AbortController()
    const done = this.#see(job, binding, cancel.signal)
      .catch((error: unknown) => {
        console.error(error)
        endJob(this.#world, job.id, 'failure')
      })
      .finally(() => {
        this.#running.delete(job.id)
        endToken(this.#world, job.id)
        if (!this.#stopped) this.wake()
      })
    this.#running.set(job.id, { done, cancel })
  }

  async #see(job: Job, binding: Binding | null, cancelled: AbortSignal): Promise<void> {
    const process = job.status === 'queued' && binding ? await this.#begin(job, binding) : job.process
    const limit = (binding?.timeout_minutes ?? 30) * 60_000
    const spent = job.started_at === null ? 0 : this.#world.now() - job.started_at
    const conclusion = await this.#follow(job, process, limit - spent, cancelled)
    if (binding) keepArtifacts(this.#world, job, binding, join(folderOf(this.#world, job.id), 'workspace'))
    await sealLog(folderOf(this.#world, job.id), tracesIn(folderOf(this.#world, job.id)).log)
    endJob(this.#world, job.id, conclusion)
    tidy(folderOf(this.#world, job.id))
  }

  /** Waits for a command's end, or brings it about. */
  async #follow(job: Job, process: number | null, limit: number, cancelled: AbortSignal): Promise<Conclusion> {
    const traces = tracesIn(folderOf(this.#world, job.id))
    const code = process === null ? endOf(traces) : await awaitEnd(process, traces, limit, cancelled)
    if (code !== null) return code === 0 ? 'success' : 'failure'
    const isCut = process !== null && isRunning(process, traces)
    if (isCut) await endCommand(process, traces)
    this.#say(job.id, lastWords(isCut, cancelled.aborted))
    return isCut ? 'cancelled' : 'failure'
  }

  /** Starts the command, once what it needs lies ready. */
  async #begin(job: Job, binding: Binding): Promise<number | null> {
    const world = this.#world
    const run = found(runById(world.store, job.run_id))
    const { repository, workflow, actor } = partiesOf(world, run)
    const place = placeIn(folderOf(world, job.id))
    if (!beginJob(world, job.id)) return null
    const token = tokenFor(world, repository, job)
    const secrets = secretsOf(binding.env, token, secretNamesOf(world.store, repository))
    keepSecrets(folderOf(world, job.id), secrets)
    writeFileSync(place.event, run.payload)
    this.#say(job.id, `Run ${shownCommand(binding)}`)
    if (binding.folder === undefined) await checkOut(world, repository, run.head_sha, place.workspace, token)
    const author = accountById(world.store, run.actor_id)?.login ?? ''
    const actors = { actor: author, triggering: actor.login }
    const env = environmentFor(world, { repository, workflow, run, job, binding, actors, token }, place)
    const { command } = binding
    const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
    const traces = tracesIn(folderOf(world, job.id))
    const process = startCommand({ argv, cwd: binding.folder ?? place.workspace, env }, traces)
    world.store.update('workflow_jobs', job.id, { process })
    return process
  }

  #say(job: number, line: string): void {
    appendFileSync(tracesIn(folderOf(this.#world, job)).log, `${line}\n`)
  }
}

function lastWords(isCut: boolean, isCancelled: boolean): string {
  if (!isCut) return 'The command ended without saying how.'
  return isCancelled ? 'The operation was canceled.' : 'The job has exceeded the maximum execution time.'
}

/** Where a job lives on disk; what it said stays. */
export function folderOf({ options }: World, job: number): string {
  return join(options.folder, 'jobs', String(job))
}

function placeIn(folder: string): Place {
  const place = { workspace: join(folder, 'workspace'), home: join(folder, 'home'), temp: join(folder, 'temp') }
  for (const path of Object.values(place)) mkdirSync(path, { recursive: true, mode: 0o700 })
  return { ...place, event: join(folder, 'event.json') }
}

function tidy(folder: string): void {
  for (const name of ['workspace', 'home', 'temp', 'event.json', 'end'])
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
}

/** The commit as `actions/checkout` leaves it, ready to push with the job's token. */
async function checkOut(
  world: World,
  repository: { readonly id: number; readonly full_name: string },
  sha: string,
  workspace: string,
  token: string,
): Promise<void> {
  const { git, site } = world
  const url = `${site.html}/${repository.full_name}.git`
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  const steps = [
    ['clone', '--quiet', '--no-checkout', `file://${git.at(repository.id).folder}`, '.'],
    ['checkout', '--quiet', '--detach', sha],
    ['remote', 'set-url', 'origin', url],
    ['config', 'http.extraheader', `AUTHORIZATION: basic ${basic}`],
  ]
  for (const step of steps) {
    const { code, err } = await runGit(workspace, git.environment, step)
    if (code !== 0) throw new Error(`The checkout of ${repository.full_name} failed: ${err}`)
  }
}
