import { isGateway } from './features/gateway/call.ts'
import { envelopeOf, Refused } from './features/gateway/envelope.ts'
import type { AppContext } from './platform/api.ts'
import { Problem, toProblem } from './platform/problem.ts'

/** Tells a failure in the words of whoever asked: Cloudflare's below the gateway, else those of RFC 9457. */
export function told(error: Error, c: AppContext): Response {
  const problem = toProblem(error)
  if (problem.kind === 'internal' && !(error instanceof Refused))
    console.error({ request: c.get('requestId'), path: c.req.path, error: error.stack ?? String(error) })
  const response = isGateway(c.req.path) ? envelopeOf(error, c.req.path) : problem.toResponse(c.get('requestId'))
  response.headers.set('x-request-id', c.get('requestId'))
  return response
}

/** @throws Problem (not-found) */
export function nothingHere(c: AppContext): never {
  throw new Problem('not-found', `Nothing is at ${c.req.method} ${c.req.path}; /docs lists what is.`)
}
