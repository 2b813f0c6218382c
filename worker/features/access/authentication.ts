import { createMiddleware } from 'hono/factory'
import type { AppContext, AppEnv } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { mustHold, nobody } from '../../platform/principal.ts'
import type { Principal } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { findCredential, noteUse } from './queries.ts'
import { credentialsIn, hashOf, isSameSecret, isTokenForm } from './token.ts'

/** How long a token that was looked up is taken as it was, in milliseconds: one Terraform command is one look-up. */
const trusted = 2000
const recent = new Map<string, { readonly principal: Principal; readonly until: number }>()

function remember(token: string, principal: Principal, until: number): void {
  if (recent.size >= 1000) recent.clear()
  recent.set(token, { principal, until })
}

/** Found by the token as it is: hashing it first would be a good part of what a call through the gateway costs. */
function recalled(token: string): Principal | null {
  const known = recent.get(token)
  return known && known.until > now() ? known.principal : null
}

/** Forgets what was looked up, so that here a deleted token ends at once; elsewhere it ends within two seconds. */
export function forgetTokens(): void {
  recent.clear()
}

/** Who holds something that is no token of ours and yet proves who is calling, or null. */
export type Holder = (c: AppContext, credential: string) => Promise<Principal | null>

/** Lets nobody pass without credentials; `isPublic` is the short list of what needs none. */
export function authentication(isPublic: (path: string) => boolean, holder: Holder = async () => null) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('principal', isPublic(c.req.path) ? nobody : await authenticate(c, holder))
    await next()
  })
}

/** A guarded route's middleware. */
export function needs(scope: string) {
  return createMiddleware<AppEnv>(async (c, next) => {
    mustHold(c.get('principal'), scope)
    await next()
  })
}

/**
 * The address of the caller. Cloudflare sets the header; locally only the socket is to be believed. Its port differs
 * with each connection, and is cut off: it would make every attempt the first of its address.
 */
export function addressOf(c: AppContext): string {
  const socket: unknown = c.req.raw.cf?.['clientIp']
  return typeof socket === 'string' ? socket.replace(/:\d+$/, '') : (c.req.header('cf-connecting-ip') ?? 'unknown')
}

async function authenticate(c: AppContext, holder: Holder): Promise<Principal> {
  proveUsable(c.env.CLIENT_AUTH_TOKEN)
  const header = c.req.header('authorization')
  if (!header) throw unauthenticated(c, 'Send a token: "Authorization: Bearer <token>", or Basic with it as password.')
  const { token, run } = credentialsIn(header)
  const principal = token === null ? null : await holderOf(c, token)
  if (principal) return principal.isRunToken ? principal : { ...principal, run }
  return fromHolder(c, token, holder)
}

/** Who holds a token that did not come in the header, such as that of a WebSocket. @throws Problem (unauthenticated) */
export async function principalWith(c: AppContext, token: string): Promise<Principal> {
  proveUsable(c.env.CLIENT_AUTH_TOKEN)
  if (token === '') throw unauthenticated(c, 'Send a token or a ticket.')
  return (await holderOf(c, token)) ?? refuse(c, token)
}

function proveUsable(root: string | undefined): void {
  if (isTokenForm(root ?? '')) return
  throw new Problem(
    'unavailable',
    'The server has no usable CLIENT_AUTH_TOKEN: 40 to 80 characters of 0-9 A-Z a-z _ -.',
  )
}

async function holderOf(c: AppContext, token: string): Promise<Principal | null> {
  if (!isTokenForm(token)) return null
  return recalled(token) ?? ownerBy(token, c.env.CLIENT_AUTH_TOKEN) ?? findPrincipal(c, token)
}

const owner = {
  name: 'root',
  token: null,
  scopes: 'all',
  expiresAt: null,
  run: null,
  isRunToken: false,
  isLent: false,
} as const

function ownerBy(token: string, root: string): Principal | null {
  return isSameSecret(token, root) ? owner : null
}

async function fromHolder(c: AppContext, credential: string | null, holder: Holder): Promise<Principal> {
  const known = credential === null || isTokenForm(credential) ? null : await holder(c, credential)
  return known ?? refuse(c, credential)
}

async function findPrincipal(c: AppContext, token: string): Promise<Principal | null> {
  const at = now()
  const found = await findCredential(c.env.DEPLOYMENT_DB, hashOf(token), at)
  if (!found) return null
  if (found.last_used_at === null || found.last_used_at < at - 60_000) {
    c.executionCtx.waitUntil(noteUse(found.id, at).run(c.env.DEPLOYMENT_DB))
  }
  const { id, name, scopes, expires_at: expiresAt, run_key: run, lent: isLent } = found
  const principal = { name, token: id, scopes, expiresAt, run, isRunToken: run !== null, isLent }
  remember(token, principal, Math.min(at + trusted, expiresAt ?? Infinity))
  return principal
}

/** Wrong credentials are counted by address. A right token is never locked out by a neighbour's wrong ones. */
async function refuse(c: AppContext, token: string | null): Promise<never> {
  await countFailure(c)
  throw unauthenticated(c, whatIsWrong(token))
}

/** Notes that what somebody sent proves nothing. @throws Problem (too-many-requests) past the limit of the address. */
export async function countFailure(c: AppContext): Promise<void> {
  const { success } = await c.env.FAILED_ATTEMPTS.limit({ key: addressOf(c) })
  if (!success) {
    throw new Problem('too-many-requests', 'Too many wrong credentials came from this address: wait a minute.', {
      headers: { 'retry-after': '60' },
    })
  }
}

function whatIsWrong(token: string | null): string {
  if (token === null) return 'The Authorization header holds neither a Bearer token nor a Basic password.'
  if (/[\r\n]/.test(token))
    return 'The token holds a line break: it was probably read from a file with its last newline.'
  if (!isTokenForm(token)) return 'A token is 40 to 80 characters of 0-9 A-Z a-z _ -; this is none.'
  return 'The token is unknown, deleted or expired.'
}

/** Terraform sends credentials unasked; a browser on a page must not be made to show its own login box. */
function unauthenticated(c: AppContext, detail: string): Problem {
  const scheme = c.req.path.startsWith('/state/') ? 'Basic' : 'Bearer'
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': `${scheme} realm="Throughline"` } })
}
