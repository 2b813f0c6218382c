import type { Account } from '../accounts/schema.ts'
import { list, sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Team } from './schema.ts'

export function teamOf(store: Store, { id }: Pick<Account, 'id'>, slug: string): Team | null {
  return store.first(sql`select * from teams where organization_id = ${id} and slug = ${slug}`, Team)
}

/** Whether somebody is in one of these teams of an organisation. */
export function isInTeam(store: Store, organization: number, slugs: readonly string[], user: number): boolean {
  if (slugs.length === 0) return false
  return (
    store.count(sql`select count(*) as count from team_members join teams on teams.id = team_id
      where organization_id = ${organization} and user_id = ${user} and slug in (${list(slugs)})`) > 0
  )
}
