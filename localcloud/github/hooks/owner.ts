import { accountByLogin, membershipOf } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { param } from '../front/routes.ts'
import { found, notFound } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import type { HookOwner } from './queries.ts'

/** What a hook listens to. */
export type HookTarget = {
  readonly owner: HookOwner
  readonly repository?: Repository
  readonly organization?: Account
}

/** The repository or organisation of the path, for those who may administer it; to all others hooks do not exist. */
export function openTarget(world: World, c: Call): HookTarget {
  const { user, token } = callerOf(c)
  if (c.req.param('org') === undefined) {
    const repository = openRepository(world, c, 'admin')
    const scopes = ['repo', 'admin:repo_hook', 'write:repo_hook', 'read:repo_hook']
    if (!scopes.some((scope) => token.scopes.includes(scope))) throw notFound()
    return { owner: { repository_id: repository.id }, repository }
  }
  const organization = found(accountByLogin(world.store, param(c, 'org')))
  const isAdmin = membershipOf(world.store, organization.id, user.id)?.role === 'admin'
  if (organization.type !== 'Organization' || !isAdmin || !token.scopes.includes('admin:org_hook')) throw notFound()
  return { owner: { organization_id: organization.id }, organization }
}
