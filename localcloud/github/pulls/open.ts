import { numberParam } from '../front/routes.ts'
import { issueNumbered } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { found } from '../platform/problem.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { measure } from './measure.ts'
import { pullById, pullOfIssue } from './queries.ts'
import type { Pull } from './schema.ts'

/** The pull request that the path names, with the issue that it is. */
export function openPull(
  { store }: World,
  c: Call,
  repository: Repository,
): { readonly issue: Issue; readonly pull: Pull } {
  const issue = found(issueNumbered(store, repository.id, numberParam(c, 'number')))
  return { issue, pull: found(pullOfIssue(store, issue.id)) }
}

/** The same after git was asked how it fits, which is not done each time its base moves. */
export async function openFreshPull(
  world: World,
  c: Call,
  repository: Repository,
): Promise<{ readonly issue: Issue; readonly pull: Pull }> {
  const { issue, pull } = openPull(world, c, repository)
  return { issue, pull: await refreshed(world, issue, pull) }
}

/** A pull request that knows whether it can be merged; what is closed needs not know. */
export async function refreshed({ store, git, refs }: World, issue: Issue, pull: Pull): Promise<Pull> {
  const base = refs.get(issue.repository_id, `refs/heads/${pull.base_ref}`)
  if (pull.mergeable !== null || issue.state === 'closed' || base === null) return pull
  const measured = await measure(git.at(issue.repository_id), base, pull.head_sha)
  // Its branches may have moved meanwhile; then it is somebody else's turn.
  const current = found(pullById(store, pull.id))
  if (current.head_sha === measured.head_sha && current.base_sha === base) store.update('pulls', pull.id, measured)
  return found(pullById(store, pull.id))
}
