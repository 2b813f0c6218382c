import { createHash, randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { callerWith, tokenIn } from '../accounts/tokens.ts'
import { Problem, badCredentials, notFound } from '../platform/problem.ts'
import type { Call, Env, World } from '../world.ts'
import { spentText } from './faults.ts'
import type { Limits, QuotaKey, Resource } from './limits.ts'

/** What every answer of the API says about itself. */
export function identity(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const id = requestId()
    c.set('requestId', id)
    c.set('caller', null)
    const version = c.req.header('x-github-api-version') ?? '2022-11-28'
    c.header('x-github-request-id', id)
    // Nothing has a name with a null byte in it.
    if (c.req.url.includes('%00')) throw notFound()
    if (!versions.includes(version)) {
      throw new Problem(
        400,
        `Unsupported 'X-GitHub-Api-Version' of '${version}' was provided. You may use one of: ${versions.join(', ')}.`,
      )
    }
    c.header('x-github-api-version-selected', version)
    c.header('x-github-media-type', mediaType(c.req.header('accept') ?? ''))
    c.header('access-control-allow-origin', '*')
    c.header('access-control-expose-headers', exposed)
    c.header('vary', 'Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With')
    c.header('x-content-type-options', 'nosniff')
    await next()
  }
}

/** Fails the calls that somebody asked to see fail. */
export function breakage({ faults, now }: World): MiddlewareHandler<Env> {
  return async (c, next) => {
    const problem = faults.take(c.req.path, c.get('requestId'), now())
    if (problem) throw problem
    await next()
  }
}

/** Finds out who calls. No token is an anonymous call; a wrong one is no call at all. */
export function authentication({ store, limits, now }: World): MiddlewareHandler<Env> {
  return async (c, next) => {
    const authorization = c.req.header('authorization')
    if (authorization) {
      const token = tokenIn(authorization)
      const caller = token === null ? null : callerWith(store, token, now())
      if (!caller) {
        // Who fails to say who they are has called as nobody.
        limits.use(quotaKey(c))
        showQuota(c, limits)
        throw badCredentials()
      }
      c.set('caller', caller)
      c.header('x-oauth-scopes', caller.token.scopes.join(', '))
      c.header('x-accepted-oauth-scopes', '')
      if (caller.token.expires_at !== null)
        c.header('github-authentication-token-expiration', expiry(caller.token.expires_at))
    }
    await next()
  }
}

/** Counts the call against the caller's hour, and refuses what is beyond it. */
export function quota(world: World): MiddlewareHandler<Env> {
  const { limits } = world
  return async (c, next) => {
    const key = quotaKey(c)
    const free = c.req.path.endsWith('/rate_limit')
    const isSpent = limits.quotaOf(key).remaining === 0
    if (!free && !isSpent) limits.use(key)
    showQuota(c, limits)
    if (isSpent && !free) return refuseSpent(c, key)
    return next()
  }
}

function showQuota(c: Call, limits: Limits): void {
  const key = quotaKey(c)
  const { limit, used, remaining, reset } = limits.quotaOf(key)
  c.header('x-ratelimit-limit', String(limit))
  c.header('x-ratelimit-remaining', String(remaining))
  c.header('x-ratelimit-used', String(used))
  c.header('x-ratelimit-reset', String(reset))
  c.header('x-ratelimit-resource', key.resource)
}

/** Gives JSON a tag made of its bytes, and answers 304 to who has them already. */
export function caching({ limits }: World): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next()
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (c.res.headers.get('content-type') === 'application/json')
      c.header('content-type', 'application/json; charset=utf-8')
    if (!isRead || c.res.status !== 200 || !c.res.headers.get('content-type')?.includes('json')) return
    const body = await c.res.clone().arrayBuffer()
    const tag = `W/"${createHash('sha256').update(new Uint8Array(body)).digest('hex')}"`
    const caller = c.get('caller')
    c.header('etag', tag)
    c.header('cache-control', `${caller ? 'private' : 'public'}, max-age=60, s-maxage=60`)
    if (!matches(c.req.header('if-none-match'), tag)) return
    if (caller) limits.giveBack(quotaKey(c))
    c.res = new Response(null, { status: 304, headers: c.res.headers })
    c.res.headers.delete('content-type')
  }
}

/** Under which name a caller's calls are counted. */
export function quotaKey(c: Call): QuotaKey {
  const caller = c.get('caller')
  const resource = resourceOf(c.req.path)
  return caller
    ? { who: `user ${caller.user.id}`, anonymous: false, resource }
    : { who: 'anonymous', anonymous: true, resource }
}

function resourceOf(path: string): Resource {
  if (path === '/api/graphql') return 'graphql'
  return path.startsWith('/api/v3/search/') ? 'search' : 'core'
}

const versions = ['2022-11-28', '2026-03-10']

const exposed =
  'ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, ' +
  'X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, ' +
  'X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset'

/** GraphQL says even this with 200. */
function refuseSpent(c: Call, { resource }: QuotaKey): Response {
  const caller = c.get('caller')
  const whom = caller ? `user ID ${caller.user.id}` : '127.0.0.1'
  const message = spentText(whom, c.get('requestId'))
  if (resource === 'graphql') return c.json({ errors: [{ type: 'RATE_LIMITED', message }] })
  throw new Problem(403, message)
}

function matches(given: string | undefined, tag: string): boolean {
  return given === '*' || (given?.split(',').some((each) => bare(each) === bare(tag)) ?? false)
}

/** Tags are compared weakly: the mark of a weak one does not count. */
function bare(tag: string): string {
  return tag.trim().replace(/^W\//, '')
}

function mediaType(accept: string): string {
  const [, version = 'v3', parameter] =
    /application\/vnd\.github(?:\.(v3))?(?:\.([\w-]+))?(?:\+json)?/.exec(accept) ?? []
  return `github.${version}${parameter && parameter !== 'v3' ? `; param=${parameter}` : ''}; format=json`
}

/** Groups of hexadecimal digits, as GitHub's own look. */
function requestId(): string {
  const digits = randomBytes(18).toString('hex').toUpperCase()
  return [
    digits.slice(0, 4),
    digits.slice(4, 10),
    digits.slice(10, 17),
    digits.slice(17, 24),
    digits.slice(24, 32),
  ].join(':')
}

function expiry(at: number): string {
  return new Date(at).toISOString().replace(/T(.*)\.\d+Z/, ' $1 UTC')
}
