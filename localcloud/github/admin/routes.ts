import { z } from 'zod'
import { isSiteOwner, addUser } from '../accounts/owner.ts'
import { organizationJson, userJson } from '../accounts/present.ts'
import { accountByLogin, addAccount, setMembership } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { allScopes } from '../accounts/schema.ts'
import { addToken, newPersonalToken } from '../accounts/tokens.ts'
import { noContent, routesOf } from '../front/routes.ts'
import type { Handler } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { forbidden, found, notFound, validationFailed } from '../platform/problem.ts'
import { callerOf } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'

const Count = z.number().int().min(0)
const ApiFault = z.object({
  kind: z.enum(['status', 'primary', 'secondary']).default('status'),
  status: z.number().int().min(400).max(599).default(503),
  times: Count.default(1),
  path: z.string().default(''),
  retry_after: Count.default(1),
})
const DeliveryFault = z.object({
  lose: Count.default(0),
  // A timer takes no more than 24 days.
  delay: z.object({ times: Count, ms: Count.max(86_400_000) }).default({ times: 0, ms: 0 }),
  double: Count.default(0),
})
const Quotas = z.object({ authenticated: Count, anonymous: Count.default(60) })
const NewUser = z.object({ login: z.string(), email: z.string().optional() })
const NewToken = z.object({
  login: z.string(),
  scopes: z.array(z.string()).default([...allScopes]),
  note: z.string().default(''),
  expires_at: z.iso.datetime().nullish(),
})
const NewOrganization = z.object({ login: z.string(), admin: z.string(), profile_name: z.string().optional() })

/**
 * What GitHub does not have: faults on request, and people to try things with. For the owner alone, by a token that may
 * do everything: these routes make tokens, and one must not give away more than it has.
 */
export const localRoutes = routesOf(
  forOwner({
    'PUT /_local/faults/api': breakApi,
    'PUT /_local/faults/deliveries': breakDeliveries,
    'DELETE /_local/faults': mendAll,
    'PUT /_local/limits': setLimits,
    'POST /_local/users': createUser,
    'POST /_local/tokens': createToken,
  }),
)

/** What GitHub Enterprise Server has for its administrators. */
export const enterpriseRoutes = routesOf(
  forOwner({ 'POST /admin/organizations': createOrganization, 'POST /admin/users': createUser }),
)

const needed = 'This needs a token of the owner that has every scope.'

function forOwner(table: Record<string, Handler>): Record<string, Handler> {
  const guarded = Object.entries(table).map(([route, handler]): [string, Handler] => [
    route,
    (world, c) => {
      const { user, token } = callerOf(c)
      if (!isSiteOwner(world, user)) throw notFound()
      if (!allScopes.every((scope) => token.scopes.includes(scope))) throw forbidden(needed)
      return handler(world, c)
    },
  ])
  return Object.fromEntries(guarded)
}

async function breakApi({ faults }: World, c: Call): Promise<Response> {
  faults.set(await readBody(c, ApiFault))
  return noContent()
}

async function breakDeliveries({ deliveryFaults }: World, c: Call): Promise<Response> {
  deliveryFaults.set(await readBody(c, DeliveryFault))
  return noContent()
}

function mendAll({ faults, deliveryFaults }: World): Response {
  faults.set(null)
  deliveryFaults.set({})
  return noContent()
}

async function setLimits({ limits }: World, c: Call): Promise<Response> {
  const { authenticated, anonymous } = await readBody(c, Quotas)
  limits.set(authenticated, anonymous)
  return noContent()
}

async function createUser({ store, site, now }: World, c: Call): Promise<Response> {
  const { login, email } = await readBody(c, NewUser)
  refuseLogin(store, login)
  return c.json(userJson(site, addUser(store, login, now(), email)), 201)
}

async function createToken({ store, now }: World, c: Call): Promise<Response> {
  const { login, scopes, note, expires_at } = await readBody(c, NewToken)
  const user = found(accountByLogin(store, login))
  const token = newPersonalToken()
  const ends = typeof expires_at === 'string' ? Date.parse(expires_at) : null
  addToken(store, user, token, { scopes, note, expires_at: ends }, now())
  return c.json({ token, scopes, note }, 201)
}

async function createOrganization({ store, site, now }: World, c: Call): Promise<Response> {
  const { login, admin, profile_name = null } = await readBody(c, NewOrganization)
  refuseLogin(store, login)
  const first = found(accountByLogin(store, admin))
  const organization = store.transact((): Account => {
    const made = addAccount(store, { type: 'Organization', login, name: profile_name }, now())
    setMembership(store, { organization_id: made.id, user_id: first.id, role: 'admin', state: 'active' })
    return made
  })
  return c.json(organizationJson(site, organization), 201)
}

function refuseLogin(store: World['store'], login: string): void {
  const isForm = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i.test(login)
  if (!isForm) throw validationFailed({ resource: 'User', code: 'invalid', field: 'login' })
  if (accountByLogin(store, login)) throw validationFailed({ resource: 'User', code: 'already_exists', field: 'login' })
}
