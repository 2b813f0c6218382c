import { userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { teamJson } from '../organizations/present.ts'
import { Team } from '../organizations/schema.ts'
import { sql } from '../platform/sql.ts'
import { roleOf } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Reviewer } from './schema.ts'

type Known = Pick<World, 'store' | 'site'>

/** Those who may be asked. GitHub leaves out, without a word, who cannot read the repository. */
export function allowedReviewers({ store }: Known, repository: Repository, all: readonly Reviewer[]): Reviewer[] {
  return all.filter(({ type, id }) => {
    if (type === 'Team') return teamWithAccess(store, repository, id) !== null
    return accountById(store, id) === null || roleOf(store, repository, { id }) !== 'none'
  })
}

/** A reviewer as an environment shows him; null for one who has lost access since. */
export function reviewerJson({ store, site }: Known, repository: Repository, { type, id }: Reviewer): Json | null {
  if (type === 'User') return { type, reviewer: userJson(site, accountById(store, id) ?? stranger(id)) }
  const team = teamWithAccess(store, repository, id)
  return team && { type, reviewer: teamJson({ site }, repository.owner, team) }
}

function teamWithAccess(store: World['store'], { id: repository }: Repository, id: number): Team | null {
  return store.first(
    sql`select teams.* from teams join team_repositories on team_id = teams.id
      where teams.id = ${id} and repository_id = ${repository}`,
    Team,
  )
}

/** On GitHub every number is somebody's. Whoever has never been here is told by his number alone. */
function stranger(id: number) {
  return { id, type: 'User' as const, login: `user-${id}` }
}
