import { z } from 'zod'
import { accountById } from '../accounts/queries.ts'
import { headCommit } from '../checks/changes.ts'
import type { Raised } from '../hooks/events.ts'
import { sql } from '../platform/sql.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Bindings } from './bindings.ts'
import { shownCommand } from './bindings.ts'
import { filesAt, remember } from './catalog.ts'
import type { Found } from './catalog.ts'
import { occasions, workflowById } from './queries.ts'
import { addWorkflowRun } from './runs.ts'
import type { Occasion, Workflow } from './schema.ts'
import { starts } from './workflow-file.ts'

const Push = z.object({
  ref: z.string(),
  after: z.string(),
  deleted: z.boolean(),
  head_commit: z.object({ message: z.string() }).nullable(),
  commits: z.array(
    z.object({ added: z.array(z.string()), removed: z.array(z.string()), modified: z.array(z.string()) }),
  ),
})
const PullRequest = z.object({
  number: z.number(),
  pull_request: z.object({
    title: z.string(),
    head: z.object({ sha: z.string() }),
    base: z.object({ ref: z.string() }),
  }),
})

/** What workflows do themselves starts none, or they would never end. */
const silent = new Set(['workflow_job', 'check_run', 'check_suite', 'workflow_dispatch'])
const automat = 'github-actions[bot]'

/** Notes what happens, in its own transaction, so that no kill makes a workflow miss it. */
export function noteOccasions(world: World, wake: () => void): void {
  world.events.listen((raised) => {
    const { repository, name, sender } = raised
    if (!repository || silent.has(name)) return
    if (sender.login === automat && name !== 'repository_dispatch') return
    const place = placeOf(raised, repository)
    if (!place || (name !== 'push' && !hasWorkflows(world, repository))) return
    const { action = null, payload } = raised
    addOccasion(world, { repository, actor: sender.id, event: name, action, payload, ...place })
    world.store.afterCommit(wake)
  })
}

type New = Place & {
  readonly repository: Repository
  readonly actor: number
  readonly event: string
  readonly action: string | null
  readonly payload: unknown
  readonly workflow?: number
}

export function addOccasion({ store }: World, { repository, actor, workflow, payload, ...rest }: New): void {
  store.insert('workflow_occasions', {
    repository_id: repository.id,
    actor_id: actor,
    workflow_id: workflow ?? null,
    payload: JSON.stringify(payload),
    ...rest,
  })
}

type Place = { readonly ref: string; readonly base_ref: string | null; readonly sha: string | null }

/** On which ref a workflow would run; null when nothing can. Whatever has no ref of its own runs on the default branch. */
function placeOf({ name, payload }: Raised, repository: Repository): Place | null {
  const main = `refs/heads/${repository.default_branch}`
  if (name === 'push') {
    const push = Push.safeParse(payload).data
    return push && !push.deleted ? { ref: push.ref, base_ref: null, sha: push.after } : null
  }
  const pull = name === 'pull_request' ? PullRequest.safeParse(payload).data : undefined
  if (!pull) return { ref: main, base_ref: null, sha: null }
  const { head, base } = pull.pull_request
  return { ref: `refs/pull/${pull.number}/merge`, base_ref: `refs/heads/${base.ref}`, sha: head.sha }
}

function hasWorkflows({ store }: World, { id }: Repository): boolean {
  return store.count(sql`select count(*) as count from workflows where repository_id = ${id} and state = 'active'`) > 0
}

/** Starts what the noted occasions start, one after the other; what cannot be read is logged and dropped. */
export async function settleOccasions(world: World, bindings: Bindings): Promise<void> {
  for (const occasion of occasions(world.store)) {
    const act = await actFor(world, bindings, occasion).catch((error: unknown) => {
      // A repository that is deleted meanwhile takes with it what was noted.
      if (repositoryById(world.store, occasion.repository_id)) console.error(error)
      return () => {}
    })
    world.store.transact(() => {
      // Only who removes the note acts on it.
      if (world.store.run(sql`delete from workflow_occasions where id = ${occasion.id}`) > 0) act()
    })
  }
}

async function actFor(world: World, bindings: Bindings, occasion: Occasion): Promise<() => void> {
  const { store, refs } = world
  const repository = repositoryById(store, occasion.repository_id)
  const actor = accountById(store, occasion.actor_id)
  const sha = occasion.sha ?? (repository && refs.get(repository.id, occasion.ref))
  if (!repository || !actor || !sha) return () => {}
  const files = await filesAt(world, repository, sha)
  const commit = await headCommit(world, repository, sha)
  return () => {
    if (saysSkip(occasion)) return
    for (const found of files.filter((each) => isWanted(world, occasion, each))) {
      const [workflow] = remember(world, repository, [found], false)
      if (workflow?.state !== 'active') continue
      const binding = bindings.for(repository, workflow, occasion)
      addWorkflowRun(world, repository, workflow, {
        event: occasion.event,
        payload: occasion.payload,
        ref: occasion.ref,
        commit,
        actor,
        title: titleOf(occasion, workflow, commit.message),
        job: found.file.jobs[0]?.name ?? 'run',
        command: binding && shownCommand(binding),
      })
    }
  }
}

function isWanted({ store }: World, occasion: Occasion, { path, file }: Found): boolean {
  const { event: name, action, ref, base_ref, workflow_id } = occasion
  if (workflow_id !== null) return workflowById(store, workflow_id)?.path === path
  return starts(file, { name, action, ref: base_ref ?? ref, paths: pathsIn(occasion) })
}

/** The files that a push touched; a push that names no commits could be anything. */
function pathsIn({ event, payload }: Occasion): string[] | null {
  const push = event === 'push' ? Push.safeParse(JSON.parse(payload)).data : undefined
  if (!push || push.commits.length === 0) return null
  return push.commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified])
}

/** Who writes this into the message of a commit wants no workflow to run. */
function saysSkip({ event, payload }: Occasion): boolean {
  const push = event === 'push' ? Push.safeParse(JSON.parse(payload)).data : undefined
  return /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/i.test(push?.head_commit?.message ?? '')
}

function titleOf({ event, payload }: Occasion, workflow: Workflow, message: string): string {
  if (event === 'push') return message.split('\n')[0] ?? ''
  const pull = event === 'pull_request' ? PullRequest.safeParse(JSON.parse(payload)).data : undefined
  return pull?.pull_request.title ?? workflow.name
}
