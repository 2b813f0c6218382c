import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import type { App } from '../apps/schema.ts'
import { commitNamed, localTime } from '../git/commits.ts'
import type { Person } from '../git/commits.ts'
import { found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { hookRunJson, suiteJson } from './present.ts'
import { latestRuns, runById, runsOf, suiteById } from './queries.ts'
import { CheckSuite, verdictOf } from './schema.ts'
import type { CheckRun, HeadCommit } from './schema.ts'

/** A commit as checks name it; refuses one that is not there. */
export async function headCommit(world: World, repository: Repository, sha: string): Promise<HeadCommit> {
  const commit = await commitNamed(world.git.at(repository.id), sha)
  if (!commit) throw unprocessable(`No commit found for SHA: ${sha}`)
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: localTime(commit.committer),
    author: personJson(commit.author),
    committer: personJson(commit.committer),
  }
}

function personJson({ name, email }: Person) {
  return { name, email }
}

/** The branch whose head a commit is, if it is any's. */
export function branchOf({ refs }: World, repository: Repository, sha: string): string | null {
  return (
    refs
      .list(repository.id, 'refs/heads/')
      .find((ref) => ref.sha === sha)
      ?.name.slice(11) ?? null
  )
}

/** The suite that an app has for a commit; made when it is the first. */
export function suiteFor(
  world: World,
  repository: Repository,
  app: App,
  commit: HeadCommit,
  actor: Account,
  branch = branchOf(world, repository, commit.id),
): CheckSuite {
  const { store } = world
  const key = sql`repository_id = ${repository.id} and app_id = ${app.id} and head_sha = ${commit.id}`
  const known = store.first(sql`select * from check_suites where ${key} order by id desc limit 1`, CheckSuite)
  return known ?? addSuite(world, repository, app, commit, actor, branch)
}

export function addSuite(
  world: World,
  repository: Repository,
  app: App,
  commit: HeadCommit,
  actor: Account,
  branch: string | null,
): CheckSuite {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const id = store.insert('check_suites', {
      repository_id: repository.id,
      app_id: app.id,
      head_sha: commit.id,
      head_branch: branch,
      head_commit: JSON.stringify(commit),
      created_at: at,
      updated_at: at,
    })
    const suite = found(suiteById(store, id))
    raiseSuite(world, repository, suite, actor, 'requested')
    return suite
  })
}

/** What is written of a run; an undefined part stays. */
export type RunColumns = {
  readonly name?: string | undefined
  readonly status?: CheckRun['status'] | undefined
  readonly conclusion?: CheckRun['conclusion'] | undefined
  readonly external_id?: string | undefined
  readonly details_url?: string | undefined
  readonly started_at?: number | null | undefined
  readonly completed_at?: number | null | undefined
  readonly output?: string | undefined
  readonly annotations?: string | undefined
  readonly actions?: string | undefined
}

export function addRun(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  actor: Account,
  columns: RunColumns & { readonly name: string },
): CheckRun {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const id = store.insert('check_runs', { suite_id: suite.id, name: columns.name, status: 'queued', created_at: at })
    store.update('check_runs', id, { ...columns, started_at: columns.started_at ?? at })
    const run = found(runById(store, id))
    raiseRun(world, repository, suite, run, actor, 'created')
    if (run.status === 'completed') complete(world, repository, suite, run, actor)
    return run
  })
}

export function changeRun(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  run: CheckRun,
  actor: Account,
  columns: RunColumns,
): CheckRun {
  const { store, now } = world
  return store.transact(() => {
    store.update('check_runs', run.id, columns)
    store.update('check_suites', suite.id, { updated_at: now() })
    const after = found(runById(store, run.id))
    if (after.status === 'completed' && run.status !== 'completed') complete(world, repository, suite, after, actor)
    return after
  })
}

/** The last run that ends, ends its suite. */
function complete(world: World, repository: Repository, suite: CheckSuite, run: CheckRun, actor: Account): void {
  raiseRun(world, repository, suite, run, actor, 'completed')
  const { status } = verdictOf(latestRuns(runsOf(world.store, suite.id)))
  if (status === 'completed') raiseSuite(world, repository, suite, actor, 'completed')
}

export function raiseRun(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  run: CheckRun,
  sender: Account,
  action: string,
): void {
  const body: Json = { check_run: hookRunJson(world, repository, suite, run) }
  world.events.raise({ name: 'check_run', action, repository, sender, body })
}

export function raiseSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  sender: Account,
  action: string,
): void {
  const { repository: _, ...shown } = suiteJson(world, repository, found(suiteById(world.store, suite.id)))
  world.events.raise({ name: 'check_suite', action, repository, sender, body: { check_suite: shown } })
}
