import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ApiRefusal, ifThere } from '../effect.ts'
import type { Cloud, Effect } from '../effect.ts'

const parts = `id pattern isAdminEnforced allowsDeletions allowsForcePushes lockBranch blocksCreations
  requiresCommitSignatures requiresConversationResolution requiresLinearHistory
  requiresStatusChecks requiresStrictStatusChecks requiredStatusCheckContexts
  requiresApprovingReviews requiredApprovingReviewCount requiresCodeOwnerReviews dismissesStaleReviews
  requireLastPushApproval restrictsPushes repository { id name }`

/** The switches, by their names in Terraform and in GraphQL. */
const switches = {
  enforce_admins: 'isAdminEnforced',
  allows_deletions: 'allowsDeletions',
  allows_force_pushes: 'allowsForcePushes',
  lock_branch: 'lockBranch',
  require_signed_commits: 'requiresCommitSignatures',
  require_conversation_resolution: 'requiresConversationResolution',
  required_linear_history: 'requiresLinearHistory',
}
const reviews = {
  required_approving_review_count: 'requiredApprovingReviewCount',
  require_code_owner_reviews: 'requiresCodeOwnerReviews',
  dismiss_stale_reviews: 'dismissesStaleReviews',
  require_last_push_approval: 'requireLastPushApproval',
}
const checks = { strict: 'requiresStrictStatusChecks', contexts: 'requiredStatusCheckContexts' }

/** Protection of the branches that a pattern fits: GraphQL, because REST knows no patterns. */
export const branchProtection: Effect = {
  create: async (planned, cloud) => {
    const repositoryId = await nodeOf(planned['repository_id'], cloud)
    const rule = await mutate('createBranchProtectionRule', { repositoryId, ...wish(planned) }, cloud)
    return shown(rule, planned)
  },
  read: async (state, cloud) => {
    const query = `query ($id: ID!) { node(id: $id) { ... on BranchProtectionRule { ${parts} } } }`
    const said = await ifThere(cloud.graphql(query, { id: state['id'] }))
    const rule = objectIn(said?.['node'])
    return rule && shown(rule, state)
  },
  update: async (planned, cloud, prior) => {
    const input = { branchProtectionRuleId: prior['id'], ...wish(planned) }
    return shown(await mutate('updateBranchProtectionRule', input, cloud), planned)
  },
  remove: async (state, cloud) => {
    const query =
      'mutation ($id: ID!) { deleteBranchProtectionRule(input: { branchProtectionRuleId: $id }) { clientMutationId } }'
    await ifThere(cloud.graphql(query, { id: state['id'] }))
  },
  identify: findRule,
}

/** An import says `repository:pattern`. */
async function findRule(place: string, cloud: Cloud): Promise<Values> {
  const [name = '', ...pattern] = place.split(':')
  const query = `query ($owner: String!, $name: String!) {
    repository(owner: $owner, name: $name) { branchProtectionRules(first: 100) { nodes { id pattern } } } }`
  const said = objectIn((await cloud.graphql(query, { owner: cloud.owner, name }))['repository'])
  const rules = objectIn(said?.['branchProtectionRules'])?.['nodes']
  const found: unknown = (Array.isArray(rules) ? rules : []).find(
    (rule: unknown) => objectIn(rule)?.['pattern'] === pattern.join(':'),
  )
  return { id: objectIn(found)?.['id'], repository_id: name }
}

/** A repository may be named by its node or by its name. */
async function nodeOf(repository: unknown, cloud: Cloud): Promise<unknown> {
  const query = 'query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }'
  const named = await ifThere(cloud.graphql(query, { owner: cloud.owner, name: repository }))
  return objectIn(named?.['repository'])?.['id'] ?? repository
}

async function mutate(name: string, input: Values, cloud: Cloud): Promise<Values> {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { branchProtectionRule { ${parts} } } }`
  const rule = objectIn(objectIn((await cloud.graphql(query, { input }))[name])?.['branchProtectionRule'])
  if (!rule) throw new ApiRefusal(422, `${name} gave no rule.`)
  return rule
}

function wish(planned: Values): Values {
  const [review, check, push] = [
    first(planned['required_pull_request_reviews']),
    first(planned['required_status_checks']),
    first(planned['restrict_pushes']),
  ]
  return {
    pattern: planned['pattern'],
    ...renamed(switches, planned),
    requiresApprovingReviews: review !== null,
    ...(review ? renamed(reviews, review) : {}),
    requiresStatusChecks: check !== null,
    ...(check ? renamed(checks, check) : {}),
    restrictsPushes: push !== null,
    ...(push ? { blocksCreations: push['blocks_creations'] } : {}),
  }
}

function renamed(names: Readonly<Record<string, string>>, values: Values): Values {
  const entries = Object.entries(names).map(([name, as]) => [as, values[name] ?? undefined])
  // What is not said of a rule is off.
  return Object.fromEntries(entries.map(([as, value]) => [as, Array.isArray(value) ? value : (value ?? undefined)]))
}

function first(list: unknown): Values | null {
  return Array.isArray(list) ? objectIn(list[0]) : null
}

function shown(rule: Values, known: Values): Values {
  const block = (names: Readonly<Record<string, string>>, is: unknown) =>
    is === true ? [Object.fromEntries(Object.entries(names).map(([name, as]) => [name, rule[as]]))] : []
  const repository = objectIn(rule['repository'])
  return {
    id: rule['id'],
    pattern: rule['pattern'],
    repository_id: known['repository_id'] ?? repository?.['id'],
    ...Object.fromEntries(Object.entries(switches).map(([name, as]) => [name, rule[as]])),
    required_pull_request_reviews: block(reviews, rule['requiresApprovingReviews']),
    required_status_checks: block(checks, rule['requiresStatusChecks']),
    restrict_pushes: block({ blocks_creations: 'blocksCreations' }, rule['restrictsPushes']),
  }
}
