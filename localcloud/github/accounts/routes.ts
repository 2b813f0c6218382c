import { z } from 'zod'
import { param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { linkPages, pageOf, paged } from '../platform/pages.ts'
import { found, notFound } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'
import { organizationJson, publicUserJson, userJson } from './present.ts'
import type { Json } from './present.ts'
import { accountById, accountByLogin, organizationsOf } from './queries.ts'
import { Account } from './schema.ts'

const Profile = z.object({
  name: z.string().optional(),
  email: z.string().optional(),
  blog: z.string().optional(),
  company: z.string().optional(),
  location: z.string().optional(),
  bio: z.string().optional(),
})

/** Users as everybody sees them, and the caller as only the caller does. */
export const userRoutes = routesOf({
  'GET /user': showSelf,
  'PATCH /user': changeSelf,
  'GET /user/emails': listEmails,
  'GET /user/orgs': listOwnOrganizations,
  'GET /users': listUsers,
  'GET /users/:login': showUser,
  'GET /users/:login/orgs': listOrganizations,
  'GET /users/:login/followers': listNobody,
  'GET /users/:login/following': listNobody,
  'GET /user/followers': listNobody,
  'GET /user/following': listNobody,
})

function showSelf(world: World, c: Call): Response {
  const { user, token } = callerOf(c)
  const isPrivate = token.scopes.includes('user') || token.scopes.includes('read:user')
  return c.json(isPrivate ? privateUserJson(world, user) : shownUser(world, user))
}

async function changeSelf(world: World, c: Call): Promise<Response> {
  const { user, token } = callerOf(c)
  if (!token.scopes.includes('user')) throw notFound()
  const profile = await readBody(c, Profile)
  world.store.update('accounts', user.id, { ...profile, updated_at: world.now() })
  return c.json(privateUserJson(world, found(accountById(world.store, user.id))))
}

function listEmails(_world: World, c: Call): Response {
  const { user } = callerOf(c)
  return c.json([{ email: user.email, primary: true, verified: true, visibility: 'public' }])
}

function listOwnOrganizations({ store, site }: World, c: Call): Response {
  return paged(c, organizationsOf(store, callerOf(c).user.id), (each) => organizationJson(site, each))
}

function listUsers({ store, site }: World, c: Call): Response {
  const { size } = pageOf(c)
  const since = Number(c.req.query('since') ?? 0) || 0
  const users = store.all(sql`select * from accounts where id > ${since} order by id limit ${size}`, Account)
  linkPages(c, { page: 1, size, offset: 0 }, users.length)
  return c.json(users.map((each) => userJson(site, each)))
}

function showUser(world: World, c: Call): Response {
  return c.json(shownUser(world, found(accountByLogin(world.store, param(c, 'login')))))
}

function listOrganizations({ store, site }: World, c: Call): Response {
  const user = found(accountByLogin(store, param(c, 'login')))
  return paged(c, organizationsOf(store, user.id), (each) => organizationJson(site, each))
}

function listNobody({ store }: World, c: Call): Response {
  const login = c.req.param('login')
  if (login !== undefined && !accountByLogin(store, login)) throw notFound()
  return c.json([])
}

function shownUser(world: World, user: Account): Json {
  return publicUserJson(world.site, user, repositoriesOf(world, user, 'public'))
}

function privateUserJson(world: World, user: Account): Json {
  const hidden = repositoriesOf(world, user, 'private')
  return {
    ...shownUser(world, user),
    private_gists: 0,
    total_private_repos: hidden,
    owned_private_repos: hidden,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: false,
    plan: { name: 'free', space: 976_562_499, collaborators: 0, private_repos: 10_000 },
  }
}

function repositoriesOf({ store }: World, { id }: Account, visibility: string): number {
  return store.count(
    sql`select count(*) as count from repositories where owner_id = ${id} and visibility = ${visibility}`,
  )
}
