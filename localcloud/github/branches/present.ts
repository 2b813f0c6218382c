import type { Json } from '../accounts/present.ts'
import { userJson } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { appJson } from '../apps/present.ts'
import { appWithSlug } from '../apps/queries.ts'
import { teamJson } from '../organizations/present.ts'
import { teamOf } from '../organizations/queries.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Rules } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function protectionUrl({ site }: Shown, repository: Repository, branch: string): string {
  return `${repositoryUrl(site, repository)}/branches/${encodeURIComponent(branch)}/protection`
}

/** A protection in full. What is not required is not there. */
export function protectionJson(shown: Shown, repository: Repository, branch: string, rules: Rules): Json {
  const url = protectionUrl(shown, repository, branch)
  return {
    url,
    ...(rules.required_status_checks ? { required_status_checks: checksJson(url, rules.required_status_checks) } : {}),
    ...(rules.required_pull_request_reviews
      ? {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            ...rules.required_pull_request_reviews,
          },
        }
      : {}),
    ...(rules.restrictions ? { restrictions: restrictionsJson(shown, repository, url, rules.restrictions) } : {}),
    required_signatures: { url: `${url}/required_signatures`, enabled: rules.required_signatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.enforce_admins },
    required_linear_history: { enabled: rules.required_linear_history },
    allow_force_pushes: { enabled: rules.allow_force_pushes },
    allow_deletions: { enabled: rules.allow_deletions },
    block_creations: { enabled: rules.block_creations },
    required_conversation_resolution: { enabled: rules.required_conversation_resolution },
    lock_branch: { enabled: rules.lock_branch },
    allow_fork_syncing: { enabled: rules.allow_fork_syncing },
  }
}

export function checksJson(url: string, { strict, contexts }: NonNullable<Rules['required_status_checks']>): Json {
  const checks = contexts.map((context) => ({ context, app_id: null }))
  const own = `${url}/required_status_checks`
  return { url: own, strict, contexts, contexts_url: `${own}/contexts`, checks }
}

export function restrictionsJson(
  { store, site }: Shown,
  repository: Repository,
  url: string,
  { users, teams, apps }: NonNullable<Rules['restrictions']>,
): Record<'users' | 'teams' | 'apps', Json[]> & Json {
  const own = `${url}/restrictions`
  const { owner } = repository
  return {
    url: own,
    users_url: `${own}/users`,
    teams_url: `${own}/teams`,
    apps_url: `${own}/apps`,
    users: users.flatMap((login) => accountByLogin(store, login) ?? []).map((user) => userJson(site, user)),
    teams: teams.flatMap((slug) => teamOf(store, owner, slug) ?? []).map((team) => teamJson({ site }, owner, team)),
    apps: apps.flatMap((slug) => appWithSlug(store, slug) ?? []).map((app) => appJson({ store, site }, app)),
  }
}

/** What a list of branches says about the protection of each. */
export function protectionSummaryJson(rules: Rules | null): Json {
  const checks = rules?.required_status_checks ?? null
  const level = checks === null ? 'off' : rules?.enforce_admins ? 'everyone' : 'non_admins'
  const contexts = checks?.contexts ?? []
  const required = {
    enforcement_level: level,
    contexts,
    checks: contexts.map((context) => ({ context, app_id: null })),
  }
  return { enabled: rules !== null, required_status_checks: required }
}
