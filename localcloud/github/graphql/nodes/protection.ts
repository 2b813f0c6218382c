import type { Json } from '../../accounts/present.ts'
import { accountByLogin } from '../../accounts/queries.ts'
import { matches } from '../../branches/queries.ts'
import type { Protection, Rules } from '../../branches/schema.ts'
import { nodeId } from '../../platform/ids.ts'
import type { Repository } from '../../repositories/schema.ts'
import type { Graph } from '../graph.ts'
import { listBy, listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { actor } from './conversation.ts'

/** A protection as a rule with a pattern, of which REST only knows those that are names. */
export function protectionNode(g: Graph, repository: Repository, protection: Protection): Json {
  const { rules } = protection
  return {
    __typename: 'BranchProtectionRule',
    id: nodeId('BranchProtectionRule', protection.id),
    databaseId: protection.id,
    pattern: protection.pattern,
    creator: () => actor(g, protection.creator_id),
    repository: () => g.show.repository(g, repository),
    isAdminEnforced: rules.enforce_admins,
    allowsDeletions: rules.allow_deletions,
    allowsForcePushes: rules.allow_force_pushes,
    blocksCreations: rules.block_creations,
    lockBranch: rules.lock_branch,
    lockAllowsFetchAndMerge: rules.allow_fork_syncing,
    requiresCommitSignatures: rules.required_signatures,
    requiresConversationResolution: rules.required_conversation_resolution,
    requiresLinearHistory: rules.required_linear_history,
    ...checkFields(rules),
    ...reviewFields(rules),
    restrictsPushes: rules.restrictions !== null,
    pushAllowances: () => pushAllowances(g, protection),
    matchingRefs: () => matchingRefs(g, repository, protection),
  }
}

function checkFields({ required_status_checks: checks }: Rules): Json {
  const contexts = checks?.contexts ?? []
  return {
    requiresStatusChecks: checks !== null,
    requiresStrictStatusChecks: checks?.strict ?? false,
    requiredStatusCheckContexts: contexts,
    requiredStatusChecks: contexts.map((context) => ({ context, app: null })),
    requiredDeploymentEnvironments: [],
  }
}

function reviewFields({ required_pull_request_reviews: reviews }: Rules): Json {
  return {
    requiresApprovingReviews: reviews !== null,
    requiredApprovingReviewCount: reviews?.required_approving_review_count ?? null,
    requiresCodeOwnerReviews: reviews?.require_code_owner_reviews ?? false,
    dismissesStaleReviews: reviews?.dismiss_stale_reviews ?? false,
    requireLastPushApproval: reviews?.require_last_push_approval ?? false,
  }
}

function pushAllowances(g: Graph, { id, rules }: Protection): List {
  const users = (rules.restrictions?.users ?? []).flatMap((login) => accountByLogin(g.world.store, login) ?? [])
  return listOf(users, (user) => ({
    id: nodeId('BranchProtectionRule', id),
    actor: () => g.show.account(g, user),
  }))
}

function matchingRefs(g: Graph, repository: Repository, { pattern }: Protection): List {
  const branches = g.world.refs.list(repository.id, 'refs/heads/')
  return listBy(
    ({ name }) => name,
    branches.filter(({ name }) => matches(name.slice(11), pattern)),
    (ref) => g.show.ref(g, repository, ref),
  )
}
