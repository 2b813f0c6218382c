import { randomBytes, randomUUID } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import { record } from '../audit/recording.ts'
import type { Api, Cloud, Product, Variables } from '../cloud.ts'
import { ApiError, noSuchRoute, refused } from '../envelope.ts'
import type { Token } from '../identity/queries.ts'
import { hashOf } from '../identity/token.ts'
import { answering } from '../runtime/caller.ts'
import { headers } from '../runtime/protocol.ts'
import { access, pathBelow } from './access.ts'
import { callerAddress } from './caller-address.ts'
import { Cut } from './faults.ts'
import type { Faults } from './faults.ts'
import type { RateLimit } from './rate-limit.ts'
import type { RequestLog } from './requests.ts'

/** What is around every call: the log of calls, the faults that are on, and the limit of calls. */
export type Around = { readonly log: RequestLog; readonly faults: Faults; readonly limit: RateLimit }

/** The API as it is mounted on the front: `/client/v4` and, for D1's signed addresses and the like, what products add. */
export function apiApp(cloud: Cloud, products: readonly Product[], around: Around): Api {
  const app: Api = new Hono<{ Variables: Variables }>({ strict: false })
  app.notFound((c) => refused(noSuchRoute(c.req.path)))
  app.onError(answerTo)
  const api: Api = app.basePath('/client/v4')
  api.use(marked(cloud, around))
  api.use(limited(cloud, around))
  api.use(access(cloud))
  for (const { routes } of products) routes?.(api, cloud)
  return api
}

/** Gives the call its names, and writes it down when it has ended. */
function marked(cloud: Cloud, { log }: Around) {
  return createMiddleware<{ Variables: Variables }>(async (c, next) => {
    const begun = performance.now()
    const ray = randomBytes(8).toString('hex')
    c.set('ray', ray)
    await answering(c.req.header(headers.inside) === cloud.runtime.key, next)
    c.res.headers.set('cf-ray', `${ray}-LCL`)
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') await audited(c, cloud)
    log.add({
      at: Date.now(),
      method: c.req.method,
      path: withQuery(c),
      status: c.res.status,
      milliseconds: performance.now() - begun,
      ray,
      token: c.get('caller')?.id ?? null,
      agent: c.req.header('user-agent') ?? '',
    })
  })
}

/** Names a change by an id under which the audit log tells of it. */
async function audited(c: Context<{ Variables: Variables }>, { store, now }: Cloud): Promise<void> {
  const id = randomUUID()
  c.res.headers.set('cf-auditlog-id', id)
  const caller: Token | undefined = c.get('caller')
  if (!caller) return
  await record(store, {
    id,
    caller,
    at: now(),
    method: c.req.method,
    path: pathBelow(c),
    query: new URL(c.req.url).search,
    ray: c.get('ray'),
    agent: c.req.header('user-agent') ?? '',
    address: callerAddress(c),
    response: c.res,
  })
}

function withQuery(c: Context): string {
  return pathBelow(c) + new URL(c.req.url).search
}

/** Counts the call, and fails it when that was asked for. */
function limited(cloud: Cloud, { limit, faults }: Around) {
  return createMiddleware(async (c, next) => {
    const left = limit.count(hashOf(c.req.header('authorization') ?? ''), cloud.now())
    await faults.strike(c.req.method, pathBelow(c))
    await next()
    for (const [name, value] of Object.entries(left)) c.res.headers.set(name, value)
  })
}

/** A refusal in Cloudflare's words; anything else is ours to mend, and the caller learns nothing of it. */
function answerTo(error: Error, c: Context): Response {
  if (error instanceof ApiError) return refused(error)
  if (error instanceof Cut) return cut(c)
  console.error('A call failed:', error)
  return refused(
    new ApiError(500, {
      code: 10_002,
      message: 'An unknown error has occurred. If this error persists, please report it.',
    }),
  )
}

/** Ends the connection without an answer. */
function cut(c: Context): Response {
  const { incoming } = z.object({ incoming: z.instanceof(IncomingMessage) }).parse(c.env)
  incoming.destroy()
  return new Response(null, { status: 500 })
}
