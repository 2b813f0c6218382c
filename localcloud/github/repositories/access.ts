import { z } from 'zod'
import { membershipOf } from '../accounts/queries.ts'
import type { Caller } from '../accounts/schema.ts'
import { Problem, forbidden, notFound, requiresAuthentication } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Call, World } from '../world.ts'
import { isGranted } from './grants.ts'
import { repositoryNamed, repositoryOnceNamed } from './queries.ts'
import { isAtLeast, roles, rolesByPermission } from './schema.ts'
import type { Repository, Role } from './schema.ts'

const Collaborator = z.object({ role: z.enum(roles) })
const TeamRight = z.object({ permission: z.string() })

/** Who calls; without a token there is nothing to do here. */
export function callerOf(c: Call): Caller {
  const caller = c.get('caller')
  if (!caller) throw requiresAuthentication()
  return caller
}

/** A user's own rights, whatever token is used. */
export function roleOf(store: Store, repository: Repository, user: { readonly id: number } | null): Role {
  const open: Role = repository.visibility === 'public' ? 'read' : 'none'
  if (user === null) return open
  if (repository.owner_id === user.id) return 'admin'
  const given = store.first(
    sql`select role from collaborators where repository_id = ${repository.id} and user_id = ${user.id}`,
    Collaborator,
  )
  return highest([open, given?.role ?? 'none', roleInOrganization(store, repository, user.id)])
}

/** What this call may do: the user's rights, cut down to the scopes of the token. */
export function roleOfCaller(store: Store, repository: Repository, caller: Caller | null): Role {
  if (caller?.user.type === 'Bot' && isGranted(store, caller.token.id, repository)) return 'write'
  const role = roleOf(store, repository, caller?.user ?? null)
  if (caller === null || caller.token.scopes.includes('repo')) return role
  if (repository.visibility !== 'public') return 'none'
  return caller.token.scopes.includes('public_repo') ? role : 'read'
}

/** The scopes of a token of which one is needed to write to what is as visible as this. */
export function scopesToWrite(visibility: Repository['visibility']): readonly string[] {
  return visibility === 'public' ? ['public_repo', 'repo'] : ['repo']
}

/** Whether the token may write here at all, whatever its user may. The tokens of bots have no scopes but grants. */
export function isForWriting(store: Store, repository: Repository, { token, user }: Caller): boolean {
  if (user.type === 'Bot') return isGranted(store, token.id, repository)
  return scopesToWrite(repository.visibility).some((scope) => token.scopes.includes(scope))
}

/** The repository that the path names, if the call may do this much with it. */
export function openRepository({ store, site }: World, c: Call, wanted: Role): Repository {
  const [owner = '', name = ''] = [c.req.param('owner'), c.req.param('repo')]
  const repository = repositoryNamed(store, owner, name)
  if (!repository) throw movedOrMissing(store, site.api, c, repositoryOnceNamed(store, owner, name))
  const caller = c.get('caller')
  const role = roleOfCaller(store, repository, caller)
  if (role === 'none' || isTooNarrow(store, repository, c)) throw notFound()
  if (!isAtLeast(role, wanted)) throw refusal(wanted, caller)
  if (repository.archived && isWrite(c)) throw forbidden('Repository was archived so is read-only.')
  return repository
}

/** Writes to an archived repository are refused, but for its deletion and its settings, which may revive it. */
function isWrite(c: Call): boolean {
  const settings = /\/repos\/[^/]+\/[^/]+$/.test(c.req.path)
  return !settings && !isRead(c)
}

function isRead(c: Call): boolean {
  return ['GET', 'HEAD'].includes(c.req.method)
}

/** To write with a token that is not for writing finds nothing, as on GitHub. */
function isTooNarrow(store: Store, repository: Repository, c: Call): boolean {
  const caller = c.get('caller')
  return caller !== null && !isRead(c) && !isForWriting(store, repository, caller)
}

function refusal(wanted: Role, caller: Caller | null): Problem {
  if (caller === null) return requiresAuthentication()
  return forbidden(
    wanted === 'admin' ? 'Must have admin rights to Repository.' : 'Must have push access to this repository.',
  )
}

function movedOrMissing(store: Store, api: string, c: Call, repository: Repository | null): Problem {
  if (!repository || roleOfCaller(store, repository, c.get('caller')) === 'none') return notFound()
  const rest = c.req.path.split('/').slice(6)
  const url = `${[`${api}/repositories/${repository.id}`, ...rest].join('/')}${new URL(c.req.url).search}`
  const status = isRead(c) ? 301 : 307
  return new Problem(status, status === 301 ? 'Moved Permanently' : 'Temporary Redirect', { url }, { location: url })
}

function roleInOrganization(store: Store, repository: Repository, user: number): Role {
  if (repository.owner.type !== 'Organization') return 'none'
  const membership = membershipOf(store, repository.owner_id, user)
  if (membership?.state !== 'active') return 'none'
  return membership.role === 'admin' ? 'admin' : highest(['read', ...rolesInTeams(store, repository, user)])
}

/** What the teams of a member may do. */
function rolesInTeams(store: Store, { id }: Repository, user: number): Role[] {
  const rights = store.all(
    sql`select permission from team_repositories join team_members using (team_id)
      where repository_id = ${id} and user_id = ${user} limit 1000`,
    TeamRight,
  )
  return rights.map(({ permission }) => rolesByPermission[permission] ?? 'none')
}

function highest(given: readonly Role[]): Role {
  return given.toSorted((a, b) => roles.indexOf(b) - roles.indexOf(a))[0] ?? 'none'
}
