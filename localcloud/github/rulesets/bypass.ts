import { membershipOf } from '../accounts/queries.ts'
import type { Store } from '../platform/store.ts'
import { roleOf } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository, Role } from '../repositories/schema.ts'
import type { BypassActor, Ruleset } from './schema.ts'

/** The numbers under which GitHub knows its roles. */
const rolesById: Record<number, Role> = { 1: 'read', 2: 'maintain', 3: 'triage', 4: 'write', 5: 'admin' }

export type Bypass = 'always' | 'pull_requests_only' | 'never'

/** Whether somebody may pass by a ruleset, and how. */
export function bypassOf(store: Store, repository: Repository, user: { id: number } | null, ruleset: Ruleset): Bypass {
  if (user === null) return 'never'
  const modes = ruleset.bypass_actors
    .filter((actor) => isActor(store, repository, user, actor))
    .map(({ bypass_mode }) => bypass_mode)
  if (modes.some((mode) => mode !== 'pull_request')) return 'always'
  return modes.length > 0 ? 'pull_requests_only' : 'never'
}

function isActor(store: Store, repository: Repository, user: { id: number }, actor: BypassActor): boolean {
  const { actor_type, actor_id } = actor
  if (actor_type === 'User') return actor_id === user.id
  if (actor_type === 'OrganizationAdmin') return membershipOf(store, repository.owner_id, user.id)?.role === 'admin'
  const wanted = actor_type === 'RepositoryRole' ? rolesById[actor_id ?? 0] : undefined
  return wanted !== undefined && isAtLeast(roleOf(store, repository, user), wanted)
}
