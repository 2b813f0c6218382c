import { accountById } from '../accounts/queries.ts'
import { missingChecks } from '../branches/guard.ts'
import { protectionFor } from '../branches/queries.ts'
import type { Rules } from '../branches/schema.ts'
import { roleOf } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import { requirementsFor } from '../rulesets/requirements.ts'
import type { World } from '../world.ts'
import { stateOf } from './present.ts'
import { reviewsOf } from './queries.ts'
import type { Pull } from './schema.ts'

type User = { readonly id: number }

/** What the branch still asks of a pull request before it is merged; with a user, what that user may not pass by. */
export function unmetRequirements(
  world: World,
  repository: Repository,
  pull: Pull,
  user: User | null = null,
): string[] {
  const { store } = world
  const protection = protectionFor(store, repository.id, pull.base_ref)?.rules
  const isBinding = protection && (protection.enforce_admins || !user || roleOf(store, repository, user) !== 'admin')
  const all = [...(isBinding ? [protection] : []), ...requirementsFor(store, repository, pull.base_ref, user)]
  return [...new Set(all.flatMap((rules) => unmetIn(world, repository, pull, rules)))]
}

function unmetIn(world: World, repository: Repository, pull: Pull, rules: Rules): string[] {
  const behind = rules.required_status_checks?.strict === true && pull.is_behind
  return [
    ...(rules.lock_branch ? ['Cannot change this locked branch'] : []),
    ...missingReviews(
      world,
      repository,
      pull,
      rules.required_pull_request_reviews?.required_approving_review_count ?? 0,
    ),
    ...missingChecks(world, repository.id, pull.head_sha, rules),
    ...(behind ? ['Head branch is out of date. Review and try the merge again.'] : []),
  ]
}

/** The word for all this that a pull request shows. */
export function mergeStateOf(world: World, repository: Repository, pull: Pull): string {
  const state = stateOf(pull)
  if (state !== 'clean') return state
  const unmet = unmetRequirements(world, repository, pull)
  if (unmet.length > 0) return unmet.every((each) => each.startsWith('Head branch')) ? 'behind' : 'blocked'
  const states = [...world.contexts.of(repository.id, pull.head_sha).values()]
  return states.every((each) => each === 'success') ? 'clean' : 'unstable'
}

function missingReviews(world: World, repository: Repository, pull: Pull, count: number): string[] {
  const { changes, approvals } = verdictsOf(world, repository, pull)
  if (count === 0) return []
  if (changes > 0) return ['Changes have been requested by reviewers with write access.']
  if (approvals >= count) return []
  return [`At least ${count} approving review${count === 1 ? ' is' : 's are'} required by reviewers with write access.`]
}

/** What those whose word counts said last. */
export function verdictsOf({ store }: World, repository: Repository, pull: Pull) {
  const last = new Map<number, string>()
  for (const { author_id, state } of reviewsOf(store, pull.id)) {
    if (state !== 'COMMENTED' && state !== 'PENDING') last.set(author_id, state)
  }
  const counted = [...last].filter(([author]) => {
    const user = accountById(store, author)
    return user !== null && isAtLeast(roleOf(store, repository, user), 'write')
  })
  return {
    approvals: counted.filter(([, state]) => state === 'APPROVED').length,
    changes: counted.filter(([, state]) => state === 'CHANGES_REQUESTED').length,
  }
}
