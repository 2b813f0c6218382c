import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { noContent, routesOf } from '../front/routes.ts'
import { commitsAt } from '../git/commits.ts'
import type { Person } from '../git/commits.ts'
import { mergeCommit, rebaseCommits, squashCommit } from '../git/merges.ts'
import { issueById } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { readBody } from '../platform/body.ts'
import { Problem, conflict, found, notFound } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { personOf } from '../repositories/create.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { Merging, markMerged } from './merged.ts'
import { mergeMessage, squashMessage } from './messages.ts'
import { openFreshPull, openPull } from './open.ts'
import { pullById } from './queries.ts'
import { unmetRequirements } from './requirements.ts'
import type { Pull } from './schema.ts'

const Merge = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
})
type Merge = z.infer<typeof Merge>

export const mergeRoutes = routesOf({
  'GET /repos/:owner/:repo/pulls/:number/merge': isMerged,
  'PUT /repos/:owner/:repo/pulls/:number/merge': merge,
})

/** A merge is stored in the transaction that stores the move of its branch, also after a kill between git and us. */
export function finishMerges(world: World): void {
  world.refs.finish('merge', async (body, actor, applied) => {
    const { pull: id, sha } = Merging.parse(body)
    return () => {
      const pull = pullById(world.store, id)
      const issue = pull && issueById(world.store, pull.issue_id)
      const repository = issue && repositoryById(world.store, issue.repository_id)
      if (applied && repository) markMerged(world, repository, pull, actor, sha)
    }
  })
}

function isMerged(world: World, c: Call): Response {
  const { pull } = openPull(world, c, openRepository(world, c, 'read'))
  if (pull.merged_at === null) throw notFound()
  return noContent()
}

async function merge(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const wanted = await readBody(c, Merge)
  const { user } = callerOf(c)
  const { issue, pull } = await openFreshPull(world, c, repository)
  refuseUnready(world, repository, issue, pull, user, wanted)
  return c.json(await mergePull(world, repository, issue, pull, user, wanted))
}

/** Merges a pull request that nothing stands against, and deletes its branch when the repository is set so. */
export async function mergePull(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull,
  actor: Account,
  wanted: Merge,
): Promise<Json> {
  const { refs, git } = world
  const ref = `refs/heads/${pull.base_ref}`
  const base = found(refs.get(repository.id, ref))
  const sha = await resultOf(world, repository, issue, pull, actor, { ...wanted, base })
  if (sha === null) throw notMergeable()
  const change = { ref, before: base, after: sha }
  await world.guards.admit({ repository, actor, change, git: git.at(repository.id), through: 'merge' }, 405)
  try {
    await refs.move(repository, actor, [change], { kind: 'merge', body: { pull: pull.id, sha } })
  } catch (error) {
    throw error instanceof Problem ? conflict('Base branch was modified. Review and try the merge again.') : error
  }
  await deleteHead(world, repository, pull, actor)
  return { sha, merged: true, message: 'Pull Request successfully merged' }
}

function refuseUnready(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull,
  user: Account,
  wanted: Merge,
): void {
  if (wanted.sha !== undefined && wanted.sha !== pull.head_sha)
    throw conflict('Head branch was modified. Review and try the merge again.')
  if (issue.state === 'closed') throw notMergeable()
  if (pull.draft) throw new Problem(405, 'Pull Request is still a draft')
  const { allow_merge_commit, allow_squash_merge, allow_rebase_merge } = repository.settings
  const allowed = { merge: allow_merge_commit, squash: allow_squash_merge, rebase: allow_rebase_merge }
  if (!allowed[wanted.merge_method])
    throw new Problem(405, `${methods[wanted.merge_method]} are not allowed on this repository.`)
  refuseUnmet(world, repository, pull, user)
}

/** Administrators may pass what a branch asks for, unless it asks them too. */
function refuseUnmet(world: World, repository: Repository, pull: Pull, user: Account): void {
  const [unmet] = unmetRequirements(world, repository, pull, user)
  if (unmet !== undefined) throw new Problem(405, unmet)
}

const methods = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }

function notMergeable(): Problem {
  return new Problem(405, 'Pull Request is not mergeable')
}

/** What GitHub itself commits, it commits in this name. */
const webFlow = { name: 'GitHub', email: 'noreply@github.com' }

type Wanted = Merge & { readonly base: string }

async function resultOf(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull,
  actor: Account,
  { base, merge_method, ...wording }: Wanted,
): Promise<string | null> {
  const git = world.git.at(repository.id)
  const now = world.now()
  const committer: Person = { ...webFlow, at: now, offset: '+0000' }
  if (merge_method === 'rebase') return rebaseCommits(git, base, pull.head_sha, personOf(actor, now))
  if (merge_method === 'merge') {
    const owner = accountById(world.store, pull.head_owner_id)?.login ?? ''
    const message = mergeMessage(repository, issue, pull, owner, wording)
    return mergeCommit(git, base, pull.head_sha, message, personOf(actor, now), committer)
  }
  const shas = await git.lines(['rev-list', '--reverse', '--no-merges', `${base}..${pull.head_sha}`])
  const message = squashMessage(repository, issue, await commitsAt(git, shas), wording)
  const author = found(accountById(world.store, issue.author_id))
  return squashCommit(git, base, pull.head_sha, message, personOf(author, now), committer)
}

async function deleteHead(world: World, repository: Repository, pull: Pull, actor: Account): Promise<void> {
  if (!repository.settings.delete_branch_on_merge || pull.head_repository_id !== repository.id) return
  const ref = `refs/heads/${pull.head_ref}`
  const before = world.refs.get(repository.id, ref)
  if (before === null || pull.head_ref === repository.default_branch) return
  await world.refs.move(repository, actor, [{ ref, before, after: null }])
}
