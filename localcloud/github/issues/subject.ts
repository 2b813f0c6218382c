import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { pullJson } from '../pulls/present.ts'
import { pullOfIssue } from '../pulls/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { issueJson } from './present.ts'
import { issueById } from './queries.ts'
import type { Issue } from './schema.ts'

/** Something done to an issue: what its webhook calls it, and what that says beside the issue. */
export type Raised = { readonly action: string; readonly body?: Json }

/** Raises what was done to an issue, as it now is; a pull request has events of its own name. */
export function raiseFor(
  world: World,
  repository: Repository,
  issue: Issue,
  sender: Account,
  raised: readonly Raised[],
): void {
  const { store, events } = world
  const current = issueById(store, issue.id) ?? issue
  const pull = issue.is_pull ? pullOfIssue(store, issue.id) : null
  const subject = pull
    ? { number: issue.number, pull_request: pullJson(world, repository, current, pull) }
    : { issue: issueJson(world, repository, current) }
  for (const { action, body } of raised) {
    events.raise({ name: pull ? 'pull_request' : 'issues', action, repository, sender, body: { ...subject, ...body } })
  }
}

/** Notes what was done to an issue, for its timeline. */
export function noteEvent(
  { store, now }: World,
  issue: Issue,
  actor: Account,
  event: string,
  detail: Json = {},
  commit: string | null = null,
): void {
  store.insert('issue_events', {
    issue_id: issue.id,
    actor_id: actor.id,
    event,
    commit_id: commit,
    detail: JSON.stringify(detail),
    created_at: now(),
  })
}
