import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import type { Effect } from '../effect.ts'
import { rest } from '../rest.ts'

const item = '/repos/{owner}/{repository}/environments/{environment}'
const names = ['wait_timer', 'prevent_self_review', 'can_admins_bypass', 'reviewers', 'deployment_branch_policy']

/** An environment with whoever must agree before it is deployed to. */
export const environment: Effect = rest({
  collection: item,
  item,
  make: { method: 'PUT', path: item },
  sends: names,
  changes: { method: 'PUT', sends: names },
  imports: '{repository}:{environment}',
  body: ({ reviewers, deployment_branch_policy: policy, ...body }) => ({
    ...body,
    reviewers: [...reviewersIn(reviewers, 'users', 'User'), ...reviewersIn(reviewers, 'teams', 'Team')],
    deployment_branch_policy: first(policy),
  }),
  shows: (said, known) => ({
    id: `${String(known['repository'])}:${String(known['environment'])}`,
    can_admins_bypass: said['can_admins_bypass'],
    wait_timer: ruleIn(said, 'wait_timer')?.['wait_timer'] ?? 0,
    ...reviewRule(ruleIn(said, 'required_reviewers')),
    deployment_branch_policy: said['deployment_branch_policy'] ? [said['deployment_branch_policy']] : [],
  }),
})

function first(list: unknown): Values | null {
  return Array.isArray(list) ? objectIn(list[0]) : null
}

function reviewersIn(reviewers: unknown, kind: string, type: string): object[] {
  const ids = first(reviewers)?.[kind]
  return Array.isArray(ids) ? ids.map((id: unknown) => ({ type, id })) : []
}

function ruleIn(said: Values, type: string): Values | null {
  const rules = said['protection_rules']
  const found: unknown = Array.isArray(rules) ? rules.find((rule: unknown) => objectIn(rule)?.['type'] === type) : null
  return objectIn(found)
}

function reviewRule(rule: Values | null): Values {
  if (!rule) return { prevent_self_review: false, reviewers: [] }
  const all = Array.isArray(rule['reviewers']) ? rule['reviewers'].map(objectIn) : []
  const idsOf = (type: string) =>
    all.filter((each) => each?.['type'] === type).map((each) => objectIn(each?.['reviewer'])?.['id'])
  return {
    prevent_self_review: rule['prevent_self_review'],
    reviewers: [{ users: idsOf('User'), teams: idsOf('Team') }],
  }
}
