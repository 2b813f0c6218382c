import type { Json } from '../../accounts/present.ts'
import { protect, protectionById, protectionsOf, unprotect } from '../../branches/queries.ts'
import { Rules } from '../../branches/schema.ts'
import type { Protection } from '../../branches/schema.ts'
import type { Repository } from '../../repositories/schema.ts'
import { demand, readable } from '../access.ts'
import { unprocessable } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { accountAt, must, numberIn, repositoryAt } from '../targets.ts'

/** What may be asked of a branch; what is left out stays, or is off in a new rule. */
type Wish = {
  readonly pattern?: string | null
  readonly isAdminEnforced?: boolean | null
  readonly allowsDeletions?: boolean | null
  readonly allowsForcePushes?: boolean | null
  readonly blocksCreations?: boolean | null
  readonly lockBranch?: boolean | null
  readonly lockAllowsFetchAndMerge?: boolean | null
  readonly requiresCommitSignatures?: boolean | null
  readonly requiresConversationResolution?: boolean | null
  readonly requiresLinearHistory?: boolean | null
  readonly requiresStatusChecks?: boolean | null
  readonly requiresStrictStatusChecks?: boolean | null
  readonly requiredStatusCheckContexts?: readonly string[] | null
  readonly requiredStatusChecks?: readonly { readonly context: string }[] | null
  readonly requiresApprovingReviews?: boolean | null
  readonly requiredApprovingReviewCount?: number | null
  readonly requiresCodeOwnerReviews?: boolean | null
  readonly dismissesStaleReviews?: boolean | null
  readonly requireLastPushApproval?: boolean | null
  readonly restrictsPushes?: boolean | null
  readonly pushActorIds?: readonly string[] | null
}
type Input<Body> = { readonly input: Body }

/** What Terraform's provider does to protect branches. */
export const protectionMutations: Json = {
  createBranchProtectionRule,
  updateBranchProtectionRule,
  deleteBranchProtectionRule: ({ input }: Input<{ branchProtectionRuleId: string }>, g: Graph) => {
    const { repository, protection } = openRule(g, input.branchProtectionRuleId, 'deleteBranchProtectionRule')
    unprotect(g.world.store, repository.id, protection.pattern)
    return {}
  },
}

function createBranchProtectionRule(
  { input }: Input<Wish & { repositoryId: string; pattern: string }>,
  g: Graph,
): Json {
  const { store } = g.world
  const repository = repositoryAt(g, input.repositoryId)
  demand(g, repository, 'admin', 'createBranchProtectionRule')
  const { pattern } = input
  const made = store.transact(() => {
    refuseTaken(g, repository, pattern)
    protect(store, repository.id, pattern, rulesFrom(g, Rules.parse({}), input), g.caller.user.id)
    return protectionsOf(store, repository.id).find((each) => each.pattern === pattern)
  })
  return { branchProtectionRule: g.show.protection(g, repository, must(made, pattern)) }
}

function updateBranchProtectionRule({ input }: Input<Wish & { branchProtectionRuleId: string }>, g: Graph): Json {
  const { store } = g.world
  const { repository, protection } = openRule(g, input.branchProtectionRuleId, 'updateBranchProtectionRule')
  const pattern = input.pattern ?? protection.pattern
  const rules = rulesFrom(g, protection.rules, input)
  store.transact(() => {
    if (pattern !== protection.pattern) refuseTaken(g, repository, pattern)
    store.update('branch_protections', protection.id, { pattern, rules: JSON.stringify(rules) })
  })
  return { branchProtectionRule: g.show.protection(g, repository, { ...protection, pattern, rules }) }
}

function refuseTaken(g: Graph, repository: Repository, pattern: string): void {
  if (pattern.trim() === '') throw unprocessable("Name can't be blank")
  const isTaken = protectionsOf(g.world.store, repository.id).some((each) => each.pattern === pattern)
  if (isTaken) throw unprocessable(`Name already protected: ${pattern}`)
}

function openRule(g: Graph, id: string, mutation: string): { repository: Repository; protection: Protection } {
  const protection = must(protectionById(g.world.store, numberIn(id, 'BranchProtectionRule')), id)
  const repository = must(readable(g, protection.repository_id), id)
  demand(g, repository, 'admin', mutation)
  return { repository, protection }
}

function rulesFrom(g: Graph, before: Rules, wish: Wish): Rules {
  return Rules.parse({
    ...before,
    enforce_admins: wish.isAdminEnforced ?? before.enforce_admins,
    allow_deletions: wish.allowsDeletions ?? before.allow_deletions,
    allow_force_pushes: wish.allowsForcePushes ?? before.allow_force_pushes,
    block_creations: wish.blocksCreations ?? before.block_creations,
    ...moreRules(before, wish),
    required_status_checks: checksFrom(before, wish),
    required_pull_request_reviews: reviewsFrom(before, wish),
    restrictions: restrictionsFrom(g, before, wish),
  })
}

function moreRules(before: Rules, wish: Wish): Partial<Rules> {
  return {
    lock_branch: wish.lockBranch ?? before.lock_branch,
    allow_fork_syncing: wish.lockAllowsFetchAndMerge ?? before.allow_fork_syncing,
    required_signatures: wish.requiresCommitSignatures ?? before.required_signatures,
    required_linear_history: wish.requiresLinearHistory ?? before.required_linear_history,
    required_conversation_resolution: wish.requiresConversationResolution ?? before.required_conversation_resolution,
  }
}

function checksFrom({ required_status_checks: before }: Rules, wish: Wish): Rules['required_status_checks'] {
  if (!(wish.requiresStatusChecks ?? before !== null)) return null
  const named = wish.requiredStatusChecks?.map(({ context }) => context) ?? wish.requiredStatusCheckContexts
  const { strict, contexts } = before ?? { strict: true, contexts: [] }
  return { strict: wish.requiresStrictStatusChecks ?? strict, contexts: [...(named ?? contexts)] }
}

function reviewsFrom({ required_pull_request_reviews: before }: Rules, wish: Wish): unknown {
  if (!(wish.requiresApprovingReviews ?? before !== null)) return null
  return {
    ...before,
    ...given('required_approving_review_count', wish.requiredApprovingReviewCount),
    ...given('require_code_owner_reviews', wish.requiresCodeOwnerReviews),
    ...given('dismiss_stale_reviews', wish.dismissesStaleReviews),
    ...given('require_last_push_approval', wish.requireLastPushApproval),
  }
}

function given(name: string, value: unknown): Json {
  return value === null || value === undefined ? {} : { [name]: value }
}

function restrictionsFrom(g: Graph, { restrictions: before }: Rules, wish: Wish): Rules['restrictions'] {
  if (!(wish.restrictsPushes ?? before !== null)) return null
  const users = wish.pushActorIds?.map((id) => accountAt(g, id).login)
  const kept = before ?? { users: [], teams: [], apps: [] }
  return { ...kept, users: users ?? kept.users }
}
