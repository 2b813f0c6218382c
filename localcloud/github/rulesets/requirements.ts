import { Rules } from '../branches/schema.ts'
import type { Store } from '../platform/store.ts'
import type { Repository } from '../repositories/schema.ts'
import { bypassOf } from './bypass.ts'
import { activeRulesets } from './queries.ts'
import type { Rule } from './schema.ts'

/** What rulesets ask of a pull request, in the words of a branch protection; without what this user may pass by. */
export function requirementsFor(
  store: Store,
  repository: Repository,
  branch: string,
  user: { readonly id: number } | null,
): Rules[] {
  return activeRulesets(store, repository, `refs/heads/${branch}`)
    .filter((ruleset) => bypassOf(store, repository, user, ruleset) === 'never')
    .map(({ rules }) => Rules.parse(Object.assign({ enforce_admins: true }, ...rules.map(asProtection))))
}

function asProtection(rule: Rule): object {
  if (rule.type === 'pull_request') return { required_pull_request_reviews: reviewsIn(rule) }
  if (rule.type !== 'required_status_checks') return {}
  const { required_status_checks, strict_required_status_checks_policy: strict } = rule.parameters
  return { required_status_checks: { strict, contexts: required_status_checks.map(({ context }) => context) } }
}

function reviewsIn({ parameters }: Extract<Rule, { type: 'pull_request' }>) {
  // A branch asks for six at most, a ruleset for ten.
  const count = Math.min(parameters?.required_approving_review_count ?? 0, 6)
  return { required_approving_review_count: count }
}
