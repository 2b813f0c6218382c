import { requestId } from 'hono/request-id'
import { nothingHere, told } from './failures.ts'
import { authentication } from './features/access/authentication.ts'
import { gateway as routes } from './features/gateway/routes.ts'
import { sessionHolder } from './features/gateway/sessions.ts'
import { tailsPath } from './features/gateway/tails.ts'
import { api } from './platform/api.ts'

/** What is passed on may be a page of somebody's: it must not run as ours. */
const guards = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** The gateway by itself: a call of it would cost half as much again among the routes and headers of all the rest. */
export const gateway = api()
gateway.onError(told)
gateway.notFound(nothingHere)
gateway.use(requestId({ limitLength: 100 }))
gateway.use(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(guards)) c.res.headers.set(name, value)
})
// A tail's address is a secret of its own: clients follow it without a token.
gateway.use(authentication((path) => path.startsWith(tailsPath), sessionHolder))
gateway.route('/', routes)
