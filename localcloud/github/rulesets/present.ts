import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Bypass } from './bypass.ts'
import type { Ruleset } from './schema.ts'

/** Whose a ruleset is. */
export type Source = { readonly repository: Repository } | { readonly organization: Account }

/** A ruleset as lists show it. */
export function rulesetSummaryJson({ site }: Pick<World, 'site'>, source: Source, ruleset: Ruleset): Json {
  const isOwn = 'repository' in source
  const self = isOwn ? repositoryUrl(site, source.repository) : `${site.api}/orgs/${source.organization.login}`
  const html = isOwn ? source.repository.full_name : `organizations/${source.organization.login}/settings`
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: isOwn ? 'Repository' : 'Organization',
    source: isOwn ? source.repository.full_name : source.organization.login,
    enforcement: ruleset.enforcement,
    node_id: nodeId('RepositoryRuleset', ruleset.id),
    _links: {
      self: { href: `${self}/rulesets/${ruleset.id}` },
      html: { href: `${site.html}/${html}/rules/${ruleset.id}` },
    },
    created_at: isoTime(ruleset.created_at),
    updated_at: isoTime(ruleset.updated_at),
  }
}

/** A ruleset as a whole; who may pass by it is shown to those who may change it. */
export function rulesetJson(
  world: Pick<World, 'site'>,
  source: Source,
  ruleset: Ruleset,
  bypass: Bypass | null,
  seesActors: boolean,
): Json {
  return {
    ...rulesetSummaryJson(world, source, ruleset),
    conditions: ruleset.conditions,
    rules: ruleset.rules,
    ...(seesActors ? { bypass_actors: ruleset.bypass_actors } : {}),
    ...(bypass === null ? {} : { current_user_can_bypass: bypass }),
  }
}
