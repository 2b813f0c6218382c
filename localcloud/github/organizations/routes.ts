import { z } from 'zod'
import { organizationJson, userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import {
  accountById,
  accountByLogin,
  endMembership,
  membersOf,
  membershipOf,
  organizationsOf,
  setMembership,
} from '../accounts/queries.ts'
import type { Account, Membership } from '../accounts/schema.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { forbidden, found, notFound } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { callerOf } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'

const Changes = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  email: z.string().optional(),
  company: z.string().optional(),
  location: z.string().optional(),
  blog: z.string().optional(),
})
const NewMembership = z.object({ role: z.enum(['admin', 'member']).default('member') })

/** Organisations and who belongs to them. */
export const organizationRoutes = routesOf({
  'GET /orgs/:org': show,
  'PATCH /orgs/:org': change,
  'GET /orgs/:org/members': listMembers,
  'GET /orgs/:org/public_members': listMembers,
  'GET /orgs/:org/members/:username': checkMember,
  'DELETE /orgs/:org/members/:username': removeMember,
  'GET /orgs/:org/memberships/:username': showMembership,
  'PUT /orgs/:org/memberships/:username': putMembership,
  'DELETE /orgs/:org/memberships/:username': removeMember,
  'GET /user/memberships/orgs': listOwnMemberships,
  'GET /user/memberships/orgs/:org': showOwnMembership,
})

/** The organisation of the path. */
export function openOrganization({ store }: World, c: Call): Account {
  const organization = found(accountByLogin(store, param(c, 'org')))
  if (organization.type !== 'Organization') throw notFound()
  return organization
}

/** The same for those who run it. */
export function administer(world: World, c: Call): Account {
  const organization = openOrganization(world, c)
  const membership = membershipOf(world.store, organization.id, callerOf(c).user.id)
  if (membership?.role !== 'admin') throw membership ? forbidden('Must have admin rights to organization.') : notFound()
  // What is read here is told to every administrator; what is changed asks the token, too.
  if (c.req.method !== 'GET' && !callerOf(c).token.scopes.includes('admin:org')) throw notFound()
  return organization
}

function show(world: World, c: Call): Response {
  return c.json(fullOrganizationJson(world, openOrganization(world, c)))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const organization = administer(world, c)
  const { description, ...rest } = await readBody(c, Changes)
  store.update('accounts', organization.id, { ...rest, bio: description, updated_at: now() })
  return c.json(fullOrganizationJson(world, found(accountById(store, organization.id))))
}

function listMembers(world: World, c: Call): Response {
  const organization = openOrganization(world, c)
  const role = c.req.query('role') ?? 'all'
  const members = membersOf(world.store, organization.id).filter(
    ({ id }) => role === 'all' || membershipOf(world.store, organization.id, id)?.role === role,
  )
  return paged(c, members, (user) => userJson(world.site, user))
}

function checkMember(world: World, c: Call): Response {
  memberNamed(world, c)
  return noContent()
}

function removeMember(world: World, c: Call): Response {
  const organization = administer(world, c)
  endMembership(world.store, organization.id, memberNamed(world, c).user_id)
  return noContent()
}

function showMembership(world: World, c: Call): Response {
  return c.json(membershipJson(world, memberNamed(world, c)))
}

async function putMembership(world: World, c: Call): Promise<Response> {
  const { store } = world
  const organization = administer(world, c)
  const { role } = await readBody(c, NewMembership)
  const user = found(accountByLogin(store, param(c, 'username')))
  // Here everybody accepts at once.
  const membership: Membership = { organization_id: organization.id, user_id: user.id, role, state: 'active' }
  setMembership(store, membership)
  return c.json(membershipJson(world, membership))
}

function listOwnMemberships(world: World, c: Call): Response {
  const { user } = callerOf(c)
  const memberships = organizationsOf(world.store, user.id).flatMap(
    ({ id }) => membershipOf(world.store, id, user.id) ?? [],
  )
  return paged(c, memberships, (membership) => membershipJson(world, membership))
}

function showOwnMembership(world: World, c: Call): Response {
  const organization = openOrganization(world, c)
  return c.json(membershipJson(world, found(membershipOf(world.store, organization.id, callerOf(c).user.id))))
}

function memberNamed(world: World, c: Call): Membership {
  const organization = openOrganization(world, c)
  const user = found(accountByLogin(world.store, param(c, 'username')))
  return found(membershipOf(world.store, organization.id, user.id))
}

function membershipJson({ store, site }: World, { organization_id, user_id, role, state }: Membership): Json {
  const organization = found(accountById(store, organization_id))
  const user = found(accountById(store, user_id))
  const organization_url = `${site.api}/orgs/${organization.login}`
  return {
    url: `${organization_url}/memberships/${user.login}`,
    state,
    role,
    organization_url,
    organization: organizationJson(site, organization),
    user: userJson(site, user),
  }
}

/** The long form of an organisation. */
export function fullOrganizationJson({ store, site }: World, organization: Account): Json {
  const { id, login, name, company, blog, location, email, bio } = organization
  const visible = sql`owner_id = ${id} and visibility = 'public'`
  return {
    ...organizationJson(site, organization),
    name,
    company,
    blog: blog ?? '',
    location,
    email,
    description: bio,
    twitter_username: null,
    is_verified: false,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: store.count(sql`select count(*) as count from repositories where ${visible}`),
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${site.html}/${login}`,
    type: 'Organization',
    default_repository_permission: 'read',
    members_can_create_repositories: true,
    created_at: isoTime(organization.created_at),
    updated_at: isoTime(organization.updated_at),
    archived_at: null,
  }
}
