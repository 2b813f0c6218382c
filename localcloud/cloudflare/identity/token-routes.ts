import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { pageOf } from '../pages.ts'
import { groupWith, groups } from '../permissions/groups.ts'
import { deleteToken, insertToken, rollToken, tokenWith, tokensOf, updateToken } from './queries.ts'
import type { Terms, Token } from './queries.ts'
import { newId } from './tables.ts'
import { Condition, newValue } from './token.ts'

/** How many tokens a user, and an account, may have. */
const quotas = { user: 50, account: 500 }

const Moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const Resources = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))
const Body = z.object({
  name: z.string(),
  status: z.enum(['active', 'disabled']).default('active'),
  condition: Condition.nullish(),
  not_before: Moment.nullish(),
  expires_on: Moment.nullish(),
  policies: z
    .array(
      z.object({
        id: z.string().optional(),
        effect: z.enum(['allow', 'deny']),
        permission_groups: z.array(z.object({ id: z.string() })).min(1),
        resources: Resources,
      }),
    )
    .min(1),
})

/** The same routes for the user's tokens and for the account's own. */
export function tokenRoutes(api: Api, cloud: Cloud): void {
  for (const kind of ['user', 'account'] as const) {
    const base = kind === 'user' ? '/user/tokens' : '/accounts/:account/tokens'
    api.get(`${base}/verify`, (c) => verify(c.get('caller'), kind))
    api.get(`${base}/permission_groups`, (c) => ok(chosenGroups(c.req.query('name'), c.req.query('scope'))))
    api.get(base, (c) => listed(c, cloud, kind))
    api.post(base, async (c) => created(cloud, kind, c.get('caller'), await readJson(c, Body, invalid)))
    api.get(`${base}/:token`, (c) => ok(shown(found(cloud, kind, c.req.param('token')), cloud.now())))
    api.put(`${base}/:token`, async (c) => {
      const { id } = found(cloud, kind, c.req.param('token'))
      updateToken(cloud.store, id, termsOf(c.get('caller'), await readJson(c, Body, invalid)), cloud.now())
      return ok(shown(found(cloud, kind, id), cloud.now()))
    })
    api.put(`${base}/:token/value`, (c) => {
      const { id } = found(cloud, kind, c.req.param('token'))
      const value = newValue(kind)
      rollToken(cloud.store, id, value, cloud.now())
      return ok(value)
    })
    api.delete(`${base}/:token`, (c) => {
      const { id } = found(cloud, kind, c.req.param('token'))
      deleteToken(cloud.store, id)
      return ok({ id })
    })
  }
}

function verify(caller: Token, kind: Token['kind']): Response {
  if (caller.kind !== kind) throw new ApiError(401, { code: 1000, message: 'Invalid API Token' })
  const result = {
    id: caller.id,
    status: 'active',
    ...(caller.not_before === null ? {} : { not_before: iso(caller.not_before) }),
    ...(caller.expires_on === null ? {} : { expires_on: iso(caller.expires_on) }),
  }
  return ok(result, { messages: [{ code: 10_000, message: 'This API Token is valid and active' }] })
}

function chosenGroups(name: string | undefined, scope: string | undefined): object[] {
  return groups
    .filter((group) => (name ? group.name === name : true) && (scope ? group.scopes.includes(scope) : true))
    .map((group) => ({ ...group, is_selectable: true }))
}

function listed(c: Context, cloud: Cloud, kind: Token['kind']): Response {
  const tokens = tokensOf(cloud.store, kind, c.req.query('direction') === 'desc' ? 'desc' : 'asc')
  const expired = c.req.query('include_expired') !== 'false'
  const wanted = tokens
    .map((token) => shown(token, cloud.now()))
    .filter(({ status }) => expired || status !== 'expired')
  const { result, info } = pageOf(c, wanted, { most: 1000 })
  return ok(result, { info })
}

function created(cloud: Cloud, kind: Token['kind'], caller: Token, body: z.infer<typeof Body>): Response {
  const terms = termsOf(caller, body)
  const value = newValue(kind)
  const id = cloud.store.transaction(() => {
    const count = cloud.store.count('select count(*) from tokens where kind = ? and is_root = 0', kind)
    if (count >= quotas[kind]) throw invalid(`You have reached the maximum number of ${quotas[kind]} API tokens`)
    return insertToken(cloud.store, kind, value, terms, cloud.now())
  })
  return ok({ ...shown(found(cloud, kind, id), cloud.now()), value })
}

/** What a token is about to be, if its maker may give that away: nobody grants what he does not hold. */
function termsOf(caller: Token, body: z.infer<typeof Body>): Terms {
  if (body.name.length < 1 || body.name.length > 120) {
    throw new ApiError(400, { code: 400, message: 'name must have a length between 1 and 120 characters' })
  }
  const held = new Set(caller.policies.flatMap((policy) => policy.permission_groups.map(({ id }) => id)))
  const policies = body.policies.map(({ id, effect, permission_groups: named, resources }) => ({
    id: id ?? newId(),
    effect,
    resources,
    permission_groups: named.map((group) => {
      const { name } = groupWith(group.id) ?? unknownGroup(group.id)
      if (effect === 'allow' && !caller.is_root && !held.has(group.id)) throw beyond(name)
      return { id: group.id, name }
    }),
  }))
  const { name, status, condition, not_before: from = null, expires_on: until = null } = body
  return { name, status, policies, condition: condition ?? {}, not_before: from, expires_on: until }
}

function unknownGroup(id: string): never {
  throw invalid(`Permission group ${id} not found`)
}

function beyond(name: string): ApiError {
  return new ApiError(403, { code: 9109, message: `Unauthorized to grant the permission group ${name}` })
}

function invalid(detail: string): ApiError {
  return new ApiError(400, { code: 1001, message: detail })
}

function found(cloud: Cloud, kind: Token['kind'], id: string): Token {
  const token = tokenWith(cloud.store, kind, id)
  if (!token || token.is_root) throw new ApiError(404, { code: 1003, message: 'API Token not found' })
  return token
}

function shown(token: Token, at: number): { status: string } & Record<string, unknown> {
  const isExpired = token.expires_on !== null && token.expires_on <= at
  return {
    id: token.id,
    name: token.name,
    status: isExpired ? 'expired' : token.status,
    issued_on: iso(token.issued_on),
    modified_on: iso(token.modified_on),
    ...(token.last_used_on === null ? {} : { last_used_on: iso(token.last_used_on) }),
    ...(token.not_before === null ? {} : { not_before: iso(token.not_before) }),
    ...(token.expires_on === null ? {} : { expires_on: iso(token.expires_on) }),
    policies: token.policies,
    ...(Object.keys(token.condition).length > 0 ? { condition: token.condition } : {}),
  }
}

/** Whole seconds: the resolution in which tokens are dated. */
function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
