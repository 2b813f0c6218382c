import { createHash, randomBytes } from 'node:crypto'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { holds } from '../../platform/principal.ts'
import type { Principal } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { countFailure, principalWith } from '../access/authentication.ts'
import { credentialsIn } from '../access/token.ts'
import { accountIdOf } from '../gateway/account.ts'
import { denialOf } from '../gateway/grant.ts'
import { operationOf } from '../gateway/operation.ts'
import { targetOf } from '../gateway/resource.ts'
import { accessFor } from '../policies/grants.ts'
import { tokenProtocol } from './protocol.ts'
import { useTicket } from './queries.ts'
import type { Log } from './queries.ts'
import type { Ticketed } from './viewer.ts'

/** How long a ticket may be used, in milliseconds. */
export const ticketLife = 60_000

/** The one account whose logs are here. @throws Problem (unavailable) */
export function ownAccount(env: Env): string {
  const id = accountIdOf(env)
  if (id === null) throw new Problem('unavailable', 'CLOUDFLARE_ACCOUNT_ID is missing or not valid.')
  return id
}

/** @throws Problem (not-found) for any other account */
export function proveAccount(env: Env, account: string): void {
  if (account !== ownAccount(env)) throw new Problem('not-found', 'The logs of that account are not here.')
}

/**
 * Whether somebody may see the log of a script: with the scope `read`, or with a policy that lets them read the tails of
 * the script at Cloudflare.
 * @throws Problem (forbidden)
 */
export async function proveReader(env: Env, principal: Principal, { account, script }: Log): Promise<void> {
  if (holds(principal, 'read')) return
  const operation = operationOf('GET', tailsPath(account, script))
  const access = await accessFor(env.DEPLOYMENT_DB, principal)
  const isDenied =
    operation === null || 'methods' in operation || denialOf(access, operation, targetOf(operation)) !== null
  if (!isDenied) return
  const detail = `This needs the scope read, or a policy with Workers Tail Read for script:${script}.`
  throw new Problem('forbidden', detail, { extensions: { scope: 'read' } })
}

/** A script of a dispatch namespace has no tails at Cloudflare; who may read its settings may see its log. */
function tailsPath(account: string, script: string): string {
  const [namespace = '', name] = script.split('/')
  if (name === undefined) return `/accounts/${account}/workers/scripts/${encodeURIComponent(script)}/tails`
  return `/accounts/${account}/workers/dispatch/namespaces/${namespace}/scripts/${name}/settings`
}

/** Who wants to follow a log, by a ticket or a token that stands anywhere but in the address. @throws Problem */
export async function follower(c: AppContext, log: Log, ticket: string | null): Promise<Ticketed> {
  proveOrigin(c)
  if (ticket !== null) return ofTicket(c, log, ticket)
  const principal = await principalWith(c, tokenOf(c))
  proveAccount(c.env, log.account)
  await proveReader(c.env, principal, log)
  return { token: principal.token, until: principal.expiresAt }
}

function tokenOf(c: AppContext): string {
  const header = c.req.header('authorization')
  if (header !== undefined) return credentialsIn(header).token ?? ''
  return (
    offered(c)
      .find((one) => one.startsWith(tokenProtocol))
      ?.slice(tokenProtocol.length) ?? ''
  )
}

/** The subprotocols that a client offers. */
export function offered(c: AppContext): string[] {
  return (c.req.header('sec-websocket-protocol') ?? '').split(/\s*,\s*/).filter((one) => one !== '')
}

/** A browser says where its page is from: another site's page must not use what this one's left there. */
function proveOrigin(c: AppContext): void {
  const origin = c.req.header('origin')
  // The host alone: a proxy before us may speak TLS for us.
  if (origin === undefined || origin.replace(/^https?:\/\//, '') === new URL(c.req.url).host) return
  throw new Problem('forbidden', 'Pages of other sites may not follow logs here.')
}

async function ofTicket(c: AppContext, log: Log, ticket: string): Promise<Ticketed> {
  const used = await useTicket(c.env.DEPLOYMENT_DB, ticketHash(ticket), log, now())
  if (used) return { token: used.token_id, until: used.token_expires_at }
  await countFailure(c)
  throw new Problem('unauthenticated', 'The ticket was used, has expired, or is for another log.')
}

export function newTicket(): string {
  return `tt_${randomBytes(32).toString('base64url')}`
}

export function ticketHash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url')
}
