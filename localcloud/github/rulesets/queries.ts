import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Repository } from '../repositories/schema.ts'
import { concerns } from './matching.ts'
import { Ruleset } from './schema.ts'

export function rulesetById(store: Store, id: number): Ruleset | null {
  return store.first(sql`select * from rulesets where id = ${id}`, Ruleset)
}

/** A repository's own rulesets and, unless they are left out, its organisation's. */
export function rulesetsOf(store: Store, { id, owner_id }: Repository, withParents = true): Ruleset[] {
  const parents = withParents ? sql`organization_id = ${owner_id}` : sql`false`
  return store.all(
    sql`select * from rulesets where repository_id = ${id} or ${parents} order by id limit 1000`,
    Ruleset,
  )
}

export function rulesetsOfOrganization(store: Store, organization: number): Ruleset[] {
  return store.all(sql`select * from rulesets where organization_id = ${organization} order by id limit 1000`, Ruleset)
}

/** The rulesets that hold for a ref now. */
export function activeRulesets(store: Store, repository: Repository, ref: string): Ruleset[] {
  return rulesetsOf(store, repository).filter(
    (ruleset) => ruleset.enforcement === 'active' && concerns(ruleset, repository, ref),
  )
}
