import { z } from 'zod'
import { userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { Account } from '../accounts/schema.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { nodeId } from '../platform/ids.ts'
import { paged } from '../platform/pages.ts'
import { found, validationFailed } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { permissionsJson, repositoryJson } from '../repositories/present.ts'
import { repositoriesWhere, repositoryNamed } from '../repositories/queries.ts'
import type { Call, World } from '../world.ts'
import { administer, fullOrganizationJson, openOrganization } from './routes.ts'
import { Team, slugOf } from './schema.ts'

const NewTeam = z.object({
  name: z.string(),
  description: z.string().nullish(),
  privacy: z.enum(['closed', 'secret']).optional(),
})
const Member = z.object({ role: z.enum(['member', 'maintainer']).default('member') })
const Permission = z.object({ permission: z.string().default('push') })

/** The teams of an organisation, their members and what they may do with its repositories. */
export const teamRoutes = routesOf({
  'GET /orgs/:org/teams': list,
  'POST /orgs/:org/teams': create,
  'GET /orgs/:org/teams/:team': show,
  'PATCH /orgs/:org/teams/:team': change,
  'DELETE /orgs/:org/teams/:team': remove,
  'GET /orgs/:org/teams/:team/members': listMembers,
  'PUT /orgs/:org/teams/:team/memberships/:username': putMember,
  'DELETE /orgs/:org/teams/:team/memberships/:username': removeMember,
  'GET /orgs/:org/teams/:team/repos': listRepositories,
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
  if (teamOf(world, organization, slug))
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
  return c.json(fullJson(world, organization, found(teamOf(world, organization, slug))), 201)
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
  return c.json(fullJson(world, organization, found(teamOf(world, organization, slugOf(name)))))
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
  const url = `${world.site.api}/organizations/${organization.id}/team/${team.id}/memberships/${user.login}`
  return c.json({ url, role, state: 'active' })
}

function removeMember(world: World, c: Call): Response {
  const team = openTeam(world, c, administer(world, c))
  const user = found(accountByLogin(world.store, param(c, 'username')))
  world.store.run(sql`delete from team_members where team_id = ${team.id} and user_id = ${user.id}`)
  return noContent()
}

function listRepositories(world: World, c: Call): Response {
  const { store, site } = world
  const team = openTeam(world, c, openOrganization(world, c))
  const within = sql`id in (select repository_id from team_repositories where team_id = ${team.id})`
  return paged(c, repositoriesWhere(store, within), (each) => ({
    ...repositoryJson(store, site, each),
    ...permissionsJson('write'),
  }))
}

async function putRepository(world: World, c: Call): Promise<Response> {
  const team = openTeam(world, c, administer(world, c))
  const { permission } = await readBody(c, Permission)
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
  return found(teamOf(world, organization, param(c, 'team')))
}

function teamOf({ store }: World, { id }: Account, slug: string): Team | null {
  return store.first(sql`select * from teams where organization_id = ${id} and slug = ${slug}`, Team)
}

function membersOf({ store }: World, team: Team): Account[] {
  return store.all(
    sql`select accounts.* from team_members join accounts on accounts.id = user_id
      where team_id = ${team.id} order by accounts.login limit 10000`,
    Account,
  )
}

function teamJson({ site }: World, organization: Account, team: Team): Json {
  const url = `${site.api}/organizations/${organization.id}/team/${team.id}`
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    url,
    html_url: `${site.html}/orgs/${organization.login}/teams/${team.slug}`,
    name: team.name,
    slug: team.slug,
    description: team.description,
    privacy: team.privacy,
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
    type: 'organization',
    organization_id: organization.id,
  }
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
