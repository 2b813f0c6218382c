import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { operationOf } from '../../../worker/features/gateway/operation.ts'
import type { Operation } from '../../../worker/features/gateway/operation.ts'
import type { Cloud, Variables } from '../cloud.ts'
import { ApiError, noSuchRoute } from '../envelope.ts'
import { tokenOfValue, touchToken } from '../identity/queries.ts'
import type { Token } from '../identity/queries.ts'
import { admits, permits } from '../identity/token.ts'
import { callerAddress } from './caller-address.ts'

/** Lets a call through when its path exists, its token is alive, and a policy of the token allows the operation. */
export function access(cloud: Cloud) {
  return createMiddleware<{ Variables: Variables }>(async (c, next) => {
    const path = pathBelow(c)
    const operation = operationOf(c.req.method, path)
    if (operation === null) throw noSuchRoute(c.req.path)
    if ('methods' in operation) throw notAllowed(c, operation.methods)
    if (operation.rule === 'signed') {
      proveAccount(cloud, operation, c.req.path)
      return next()
    }
    const token = authenticate(cloud, c, path)
    proveAccount(cloud, operation, c.req.path)
    proveRight(cloud, token, operation, path)
    touchToken(cloud.store, token, cloud.now())
    c.set('caller', token)
    c.set('holds', (groups) => mayUse(cloud, token, { ...operation, rule: groups }, path))
    return next()
  })
}

/** The path as the specification writes it. */
export function pathBelow(c: Context): string {
  return c.req.path.slice(c.req.path.indexOf('/client/v4') + '/client/v4'.length)
}

function notAllowed(c: Context, methods: readonly string[]): ApiError {
  const message = `Method ${c.req.method} not available for that URI.`
  return new ApiError(405, { code: 7001, message }, { allow: methods.join(', ') })
}

function authenticate(cloud: Cloud, c: Context, path: string): Token {
  const header = c.req.header('authorization')
  const verifying = path.endsWith('/tokens/verify')
  if (header === undefined) throw unauthenticated(verifying)
  const value = /^Bearer ([0-9A-Za-z_-]{1,200})$/.exec(header)?.[1]
  if (value === undefined) throw malformed()
  const token = tokenOfValue(cloud.store, value)
  if (!token || !isAlive(token, cloud.now())) throw unauthenticated(verifying)
  const address = callerAddress(c)
  if (!admits(token.condition, address)) throw wrongAddress(address)
  return token
}

function isAlive({ status, not_before: from, expires_on: until }: Token, at: number): boolean {
  return status === 'active' && (from === null || from <= at) && (until === null || at < until)
}

function unauthenticated(verifying: boolean): ApiError {
  const reason = verifying
    ? { code: 1000, message: 'Invalid API Token' }
    : { code: 10_000, message: 'Authentication error' }
  return new ApiError(401, reason)
}

function malformed(): ApiError {
  return new ApiError(400, {
    code: 6003,
    message: 'Invalid request headers',
    error_chain: [{ code: 6111, message: 'Invalid format for Authorization header' }],
  })
}

function wrongAddress(address: string): ApiError {
  return new ApiError(403, { code: 9109, message: `Cannot use the access token from location: ${address}` })
}

/** An identifier of another form is no route; one of the right form that is not ours is a refusal. */
function proveAccount(cloud: Cloud, { account }: Operation, path: string): void {
  if (account === null || account === cloud.account().id) return
  if (!/^[0-9a-f]{32}$/.test(account)) throw noSuchRoute(path)
  throw new ApiError(403, { code: 10_000, message: 'Authentication error' })
}

function mayUse(cloud: Cloud, { is_root, policies }: Token, operation: Operation, path: string): boolean {
  if (is_root || operation.rule === 'token' || operation.rule === 'signed') return true
  return permits(policies, { groups: operation.rule, resources: resourcesOf(cloud, operation, path) })
}

function proveRight(cloud: Cloud, token: Token, operation: Operation, path: string): void {
  if (mayUse(cloud, token, operation, path)) return
  const reason =
    path.startsWith('/user') || path.startsWith('/memberships')
      ? { code: 9109, message: 'Unauthorized to access requested resource' }
      : { code: 10_000, message: 'Authentication error' }
  throw new ApiError(403, reason)
}

/** The names by which a policy may have granted this path. */
function resourcesOf(cloud: Cloud, { account, zone }: Operation, path: string): string[] {
  const { id, user_id: user } = cloud.account()
  const inAccount = ['com.cloudflare.api.account.*', `com.cloudflare.api.account.${id}`]
  const inZone = ['com.cloudflare.api.account.zone.*', `com.cloudflare.api.account.zone.${zone}`]
  if (zone !== null) return [...inAccount, ...inZone]
  if (account === null) return [`com.cloudflare.api.user.${user}`, 'com.cloudflare.api.user.*']
  const bucket = /^\/accounts\/[^/]+\/r2\/buckets\/([^/]+)\/objects/.exec(path)?.[1]
  return bucket ? [...inAccount, `com.cloudflare.edge.r2.bucket.${id}_default_${bucket}`] : inAccount
}
