import { z } from 'zod'
import { userJson } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { Account } from '../accounts/schema.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { nodeId } from '../platform/ids.ts'
import { paged } from '../platform/pages.ts'
import { Problem, found, notFound, validationFailed } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Call, World } from '../world.ts'
import { callerOf, openRepository, roleOf } from './access.ts'
import { permissionsJson, repositoryJson, repositoryUrl } from './present.ts'
import { isAtLeast, rolesByPermission } from './schema.ts'
import type { Repository, Role } from './schema.ts'

const Topics = z.object({ names: z.array(z.string()) })
const Invitation = z.object({ permission: z.string().optional() })

/** Some answers know only the older roles. */
const olderWords: Partial<Record<Role, string>> = { maintain: 'write', triage: 'read' }

/** Who may do what with a repository, and what people say about it. */
export const sharingRoutes = routesOf({
  'GET /repos/:owner/:repo/topics': showTopics,
  'PUT /repos/:owner/:repo/topics': replaceTopics,
  'GET /repos/:owner/:repo/collaborators': listCollaborators,
  'GET /repos/:owner/:repo/collaborators/:username': checkCollaborator,
  'PUT /repos/:owner/:repo/collaborators/:username': addCollaborator,
  'DELETE /repos/:owner/:repo/collaborators/:username': removeCollaborator,
  'GET /repos/:owner/:repo/collaborators/:username/permission': showPermission,
  'GET /repos/:owner/:repo/stargazers': listStargazers,
  'GET /user/starred/:owner/:repo': checkStar,
  'PUT /user/starred/:owner/:repo': (world, c) => star(world, c, true),
  'DELETE /user/starred/:owner/:repo': (world, c) => star(world, c, false),
})

function showTopics(world: World, c: Call): Response {
  return c.json({ names: openRepository(world, c, 'read').topics })
}

async function replaceTopics(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'admin')
  const names = (await readBody(c, Topics)).names.map((name) => name.toLowerCase())
  const wrong = names.some((name) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(name)) || names.length > 20
  if (wrong) {
    const message =
      'Topics must start with a lowercase letter or number, consist of 50 characters or less, and can include hyphens.'
    throw new Problem(422, 'Validation Failed', { errors: [message] })
  }
  world.store.update('repositories', repository.id, {
    topics: JSON.stringify([...new Set(names)]),
    updated_at: world.now(),
  })
  return c.json({ names: [...new Set(names)] })
}

/** Those who were asked in, the owner, and the owners of its organisation. */
export function collaboratorsOf(store: Store, { id, owner_id }: Repository): Account[] {
  return store.all(
    sql`select * from accounts where type <> 'Organization' and (id = ${owner_id}
        or id in (select user_id from collaborators where repository_id = ${id})
        or id in (select user_id from memberships where organization_id = ${owner_id} and state = 'active'))
      order by id limit 10000`,
    Account,
  )
}

function listCollaborators(world: World, c: Call): Response {
  const { store, site } = world
  const repository = openRepository(world, c, 'write')
  const wanted = rolesByPermission[c.req.query('permission') ?? 'pull'] ?? 'read'
  const shown = collaboratorsOf(store, repository).filter((user) => isAtLeast(roleOf(store, repository, user), wanted))
  return paged(c, shown, (user) => {
    const role = roleOf(store, repository, user)
    return { ...userJson(site, user), ...permissionsJson(role), role_name: role }
  })
}

function checkCollaborator(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'write')
  const user = accountByLogin(world.store, param(c, 'username'))
  if (!user || !collaboratorsOf(world.store, repository).some(({ id }) => id === user.id)) throw notFound()
  return noContent()
}

async function addCollaborator(world: World, c: Call): Promise<Response> {
  const { store, site, events } = world
  const repository = openRepository(world, c, 'admin')
  const { permission = 'push' } = await readBody(c, Invitation)
  const role = rolesByPermission[permission]
  if (role === undefined) throw validationFailed({ resource: 'Invitation', field: 'permission', code: 'invalid' })
  const user = found(accountByLogin(store, param(c, 'username')))
  if (user.id === repository.owner_id)
    throw validationFailed({
      resource: 'Repository',
      code: 'custom',
      message: 'Repository owner cannot be a collaborator',
    })
  const { user: inviter } = callerOf(c)
  const isNew = store.transact(() => {
    const known = isAtLeast(roleOf(store, { ...repository, visibility: 'private' }, user), 'read')
    store.run(sql`insert into collaborators (repository_id, user_id, role) values (${repository.id}, ${user.id}, ${role})
      on conflict do update set role = excluded.role`)
    const body = { member: userJson(site, user) }
    if (!known) events.raise({ name: 'member', action: 'added', repository, sender: inviter, body })
    return !known
  })
  return isNew ? c.json(invitationJson(world, repository, user, inviter, role), 201) : noContent()
}

/** Here everybody accepts at once; the invitation is shown as GitHub would, and is over. */
function invitationJson(
  { store, site, now }: World,
  repository: Repository,
  invitee: Account,
  inviter: Account,
  role: Role,
) {
  return {
    id: repository.id * 100_000 + invitee.id,
    node_id: nodeId('Repository', repository.id),
    repository: repositoryJson(store, site, repository),
    invitee: userJson(site, invitee),
    inviter: userJson(site, inviter),
    permissions: role,
    created_at: isoTime(now()),
    expired: false,
    url: `${site.api}/user/repository_invitations/${invitee.id}`,
    html_url: `${site.html}/${repository.full_name}/invitations`,
  }
}

function removeCollaborator(world: World, c: Call): Response {
  const { store, site, events } = world
  const repository = openRepository(world, c, 'admin')
  const user = found(accountByLogin(store, param(c, 'username')))
  store.transact(() => {
    const removed = store.run(
      sql`delete from collaborators where repository_id = ${repository.id} and user_id = ${user.id}`,
    )
    const body = { member: userJson(site, user) }
    if (removed > 0) events.raise({ name: 'member', action: 'removed', repository, sender: callerOf(c).user, body })
  })
  return noContent()
}

function showPermission(world: World, c: Call): Response {
  const { store, site } = world
  const repository = openRepository(world, c, 'read')
  const user = found(accountByLogin(store, param(c, 'username')))
  const role = roleOf(store, repository, user)
  const permission = olderWords[role] ?? role
  const shown = { ...userJson(site, user), ...permissionsJson(role), role_name: role }
  return c.json({
    permission,
    role_name: role,
    user: shown,
    url: `${repositoryUrl(site, repository)}/collaborators/${user.login}/permission`,
  })
}

function listStargazers(world: World, c: Call): Response {
  const { id } = openRepository(world, c, 'read')
  const users = world.store.all(
    sql`select accounts.* from stars join accounts on accounts.id = user_id
      where repository_id = ${id} order by starred_at, accounts.id limit 10000`,
    Account,
  )
  return paged(c, users, (user) => userJson(world.site, user))
}

function checkStar(world: World, c: Call): Response {
  const { id } = openRepository(world, c, 'read')
  const key = sql`repository_id = ${id} and user_id = ${callerOf(c).user.id}`
  if (world.store.count(sql`select count(*) as count from stars where ${key}`) === 0) throw notFound()
  return noContent()
}

function star({ store, events, ...world }: World, c: Call, isWanted: boolean): Response {
  const { user } = callerOf(c)
  const repository = openRepository({ store, events, ...world }, c, 'read')
  const at = world.now()
  store.transact(() => {
    const changed = isWanted
      ? store.run(
          sql`insert into stars (repository_id, user_id, starred_at) values (${repository.id}, ${user.id}, ${at}) on conflict do nothing`,
        )
      : store.run(sql`delete from stars where repository_id = ${repository.id} and user_id = ${user.id}`)
    const body = { starred_at: isWanted ? isoTime(at) : null }
    if (changed === 0) return
    events.raise({ name: 'star', action: isWanted ? 'created' : 'deleted', repository, sender: user, body })
    // Older than stars, and still sent beside them.
    if (isWanted) events.raise({ name: 'watch', action: 'started', repository, sender: user, body: {} })
  })
  return noContent()
}
