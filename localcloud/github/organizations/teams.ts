import { z } from 'zod'
import { userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { Account } from '../accounts/schema.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { found, notFound, validationFailed } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { permissionsJson, repositoryJson } from '../repositories/present.ts'
import { repositoriesWhere, repositoryNamed } from '../repositories/queries.ts'
import { rolesByPermission } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { teamJson } from './present.ts'
import { teamOf } from './queries.ts'
import { administer, fullOrganizationJson, openOrganization } from './routes.ts'
import { Team, slugOf } from './schema.ts'

const NewTeam = z.object({
  name: z.string(),
  description: z.string().nullish(),
  privacy: z.enum(['closed', 'secret']).optional(),
})
const Member = z.object({ role: z.enum(['member', 'maintainer']).default('member') })
const Right = z.object({ permission: z.string() })
const Permission = z.object({ permission: z.string().default('push') })

/** The teams of an organisation, their members and what they may do with its repositories. */
export const teamRoutes = routesOf({
  'GET /orgs/:org/teams': list,
  'POST /orgs/:org/teams': create,
  'GET /orgs/:org/teams/:team': show,
  'PATCH /orgs/:org/teams/:team': change,
  'DELETE /orgs/:org/teams/:team': remove,
  'GET /orgs/:org/teams/:team/members': listMembers,
  'GET /orgs/:org/teams/:team/memberships/:username': showMember,
  'PUT /orgs/:org/teams/:team/memberships/:username': putMember,
  'DELETE /orgs/:org/teams/:team/memberships/:username': removeMember,
  'GET /orgs/:org/teams/:team/repos': listRepositories,
  'GET /orgs/:org/teams/:team/repos/:owner/:repo': checkRepository,
  'PUT /orgs/:org/teams/:team/repos/:owner/:repo': putRepository,
  'DELETE /orgs/:org/teams/:team/repos/:owner/:repo': removeRepository,
})

function list(world: World, c: Call): Response {
  const organization = openOrganization(world, c)
  const teams = world.store.all(
    sql`select * from teams where organization_id = ${organization.id} order by slug limit 10000`,
    Team,
  )
  return paged(c, teams, (team) => teamJson(world, organization, team))
}

async function create(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const organization = administer(world, c)
  const { name, description = null, privacy = 'secret' } = await readBody(c, NewTeam)
  const slug = slugOf(name)
  if (teamOf(world.store, organization, slug))
    throw validationFailed({ resource: 'Team', code: 'already_exists', field: 'name' })
  const row = {
    organization_id: organization.id,
    slug,
    name,
    description,
    privacy,
    created_at: now(),
    updated_at: now(),
  }
  store.insert('teams', row)
  return c.json(fullJson(world, organization, found(teamOf(world.store, organization, slug))), 201)
}

function show(world: World, c: Call): Response {
  const organization = openOrganization(world, c)
  return c.json(fullJson(world, organization, openTeam(world, c, organization)))
}

async function change(world: World, c: Call): Promise<Response> {
  const organization = administer(world, c)
  const team = openTeam(world, c, organization)
  const { name = team.name, description, privacy } = await readBody(c, NewTeam.partial())
  world.store.update('teams', team.id, { name, slug: slugOf(name), description, privacy, updated_at: world.now() })
  return c.json(fullJson(world, organization, found(teamOf(world.store, organization, slugOf(name)))))
}

function remove(world: World, c: Call): Response {
  const team = openTeam(world, c, administer(world, c))
  world.store.run(sql`delete from teams where id = ${team.id}`)
  return noContent()
}

function listMembers(world: World, c: Call): Response {
  const team = openTeam(world, c, openOrganization(world, c))
  return paged(c, membersOf(world, team), (user) => userJson(world.site, user))
}

async function putMember(world: World, c: Call): Promise<Response> {
  const organization = administer(world, c)
  const team = openTeam(world, c, organization)
  const { role } = await readBody(c, Member)
  const user = found(accountByLogin(world.store, param(c, 'username')))
  world.store.run(sql`insert into team_members (team_id, user_id, role) values (${team.id}, ${user.id}, ${role})
    on conflict do update set role = excluded.role`)
  return c.json(memberJson(world, team, user, role))
}

function showMember(world: World, c: Call): Response {
  const team = openTeam(world, c, openOrganization(world, c))
  const user = found(accountByLogin(world.store, param(c, 'username')))
  const key = sql`team_id = ${team.id} and user_id = ${user.id}`
  const { role } = found(world.store.first(sql`select role from team_members where ${key}`, Member))
  return c.json(memberJson(world, team, user, role))
}

function memberJson({ site }: World, team: Team, { login }: Account, role: string): Json {
  const url = `${site.api}/organizations/${team.organization_id}/team/${team.id}/memberships/${login}`
  return { url, role, state: 'active' }
}

function removeMember(world: World, c: Call): Response {
  const team = openTeam(world, c, administer(world, c))
  const user = found(accountByLogin(world.store, param(c, 'username')))
  world.store.run(sql`delete from team_members where team_id = ${team.id} and user_id = ${user.id}`)
  return noContent()
}

function listRepositories(world: World, c: Call): Response {
  const { store } = world
  const team = openTeam(world, c, openOrganization(world, c))
  const within = sql`id in (select repository_id from team_repositories where team_id = ${team.id})`
  return paged(c, repositoriesWhere(store, within), (each) => shownIn(world, team, each))
}

/** Answers whether a team has a right here; who wants to know which asks for it by media type. */
function checkRepository(world: World, c: Call): Response {
  const team = openTeam(world, c, openOrganization(world, c))
  const repository = found(repositoryNamed(world.store, param(c, 'owner'), param(c, 'repo')))
  if (rightOf(world, team, repository) === null) throw notFound()
  const isAsked = c.req.header('accept')?.includes('application/vnd.github.v3.repository+json')
  return isAsked ? c.json(shownIn(world, team, repository)) : noContent()
}

function rightOf({ store }: World, team: Team, { id }: Repository): string | null {
  const key = sql`team_id = ${team.id} and repository_id = ${id}`
  return store.first(sql`select permission from team_repositories where ${key}`, Right)?.permission ?? null
}

function shownIn(world: World, team: Team, repository: Repository): Json {
  const role = rolesByPermission[rightOf(world, team, repository) ?? ''] ?? 'none'
  return { ...repositoryJson(world.store, world.site, repository), ...permissionsJson(role), role_name: role }
}

async function putRepository(world: World, c: Call): Promise<Response> {
  const team = openTeam(world, c, administer(world, c))
  const { permission } = await readBody(c, Permission)
  if (!(permission in rolesByPermission))
    throw validationFailed({ resource: 'TeamRepository', field: 'permission', code: 'invalid' })
  const repository = found(repositoryNamed(world.store, param(c, 'owner'), param(c, 'repo')))
  world.store.run(sql`insert into team_repositories (team_id, repository_id, permission)
    values (${team.id}, ${repository.id}, ${permission}) on conflict do update set permission = excluded.permission`)
  return noContent()
}

function removeRepository(world: World, c: Call): Response {
  const team = openTeam(world, c, administer(world, c))
  const repository = found(repositoryNamed(world.store, param(c, 'owner'), param(c, 'repo')))
  world.store.run(sql`delete from team_repositories where team_id = ${team.id} and repository_id = ${repository.id}`)
  return noContent()
}

function openTeam(world: World, c: Call, organization: Account): Team {
  return found(teamOf(world.store, organization, param(c, 'team')))
}

function membersOf({ store }: World, team: Team): Account[] {
  return store.all(
    sql`select accounts.* from team_members join accounts on accounts.id = user_id
      where team_id = ${team.id} order by accounts.login limit 10000`,
    Account,
  )
}

function fullJson(world: World, organization: Account, team: Team): Json {
  const { store } = world
  return {
    ...teamJson(world, organization, team),
    members_count: membersOf(world, team).length,
    repos_count: store.count(sql`select count(*) as count from team_repositories where team_id = ${team.id}`),
    created_at: isoTime(team.created_at),
    updated_at: isoTime(team.updated_at),
    organization: fullOrganizationJson(world, organization),
  }
}
