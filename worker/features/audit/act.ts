import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { AppContext, AppEnv } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import { hint } from '../../platform/outbox.ts'
import { toProblem } from '../../platform/problem.ts'
import type { Statement } from '../../platform/sql.ts'
import { addressOf } from '../access/authentication.ts'
import { audited } from './audit.ts'
import type { NewAct } from './audit.ts'
import { Action } from './schema.ts'

/**
 * Says what a request did, for the batch of the change itself; who did it and from where follows from the request.
 * `changed` names fields, never values; `detail` may hold what is no secret. Call `hint` once the batch is through.
 */
export function act(
  c: AppContext,
  action: Action,
  subject: string,
  { changed = [], detail = {} }: Pick<NewAct, 'changed' | 'detail'> = {},
): Statement {
  return audited({ ...callerIn(c), action, subject, changed, detail }, now())
}

/** Who is calling, and from where. */
export function callerIn(c: AppContext) {
  const { name, token } = c.get('principal')
  return {
    actor: name,
    token_id: token === null ? null : idOf('tok', token),
    request_id: c.get('requestId'),
    address: addressOf(c),
  }
}

/** Declares what a route does, so that it is known of a request that was refused before the route saw it. */
export function mutates(action: Action) {
  return Object.assign(
    createMiddleware<AppEnv>((_, next) => next()),
    { action },
  )
}

/**
 * Audits what was refused (4xx) or failed (5xx), without a word of what was sent. Not 401 and 429: nobody is known to
 * have asked. The answer is what it would be without.
 */
export const auditRefusals = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const { status } = c.res
  const mutation = mutationIn(c)
  if (mutation === null || status < 400 || status === 401 || status === 429 || isEvent(c, status)) return
  const outcome = status < 500 ? 'refused' : 'failed'
  const detail = { status, ...causeOf(c) }
  try {
    await audited({ ...callerIn(c), ...mutation, outcome, detail }, now()).run(c.env.DEPLOYMENT_DB)
    c.executionCtx.waitUntil(hint(c.env))
  } catch (error) {
    console.error({ request: c.get('requestId'), audit: String(error) })
  }
})

/** The kind of the problem, and the reason when the caller was not told it. */
function causeOf({ error }: AppContext) {
  if (error === undefined) return { kind: null }
  const { kind, details } = toProblem(error)
  return { kind, reason: details.reason }
}

/** At Terraform's address a held lock and a stale write are events of the state, where they are told once, not each second. */
function isEvent(c: AppContext, status: number): boolean {
  return c.req.path.startsWith('/state/') && (status === 409 || status === 423)
}

/** What the matched route does, and to what: its first parameter, what its `*` stands for, or else its path. */
function mutationIn(c: AppContext): { action: Action; subject: string } | null {
  for (const { handler, path } of matchedRoutes(c)) {
    const action = 'action' in handler ? Action.safeParse(handler.action).data : undefined
    if (action !== undefined) return { action, subject: subjectAt(path, new URL(c.req.url).pathname) }
  }
  return null
}

function subjectAt(route: string, path: string): string {
  const place = route.split('/').findIndex((part) => part.startsWith(':') || part === '*')
  if (place < 0) return path
  const parts = path.split('/')
  return decoded(route.endsWith('*') ? parts.slice(place).join('/') : (parts[place] ?? ''))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
