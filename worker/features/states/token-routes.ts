import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, refusals } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { holds, mustHold } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { transact } from '../../platform/sql.ts'
import { insertToken } from '../access/queries.ts'
import { hashOf, newToken } from '../access/token.ts'
import { act, mutates } from '../audit/act.ts'
import { LentToken, StateName } from './schema.ts'

/** How long a token is lent for one command, in milliseconds. */
const loanMs = 600_000

const lend = createRoute({
  tags: ['states'],
  middleware: mutates('token.create'),
  method: 'post',
  path: '/api/states/{name}/token',
  operationId: 'lendStateToken',
  summary: 'Lend a token that opens one state for ten minutes',
  description:
    'Needs the scope `state:<name>`, or `plan:<name>` for a token that may not write, in a token that no other lent. For a command that reads a state, and all that it starts: they need no more.',
  request: { query: noQuery, params: z.object({ name: StateName }) },
  responses: { 201: json('The token, shown this once.', LentToken), ...refusals },
})

export const stateTokens = api().openapi(lend, async (c) => {
  const { name } = c.req.valid('param')
  const principal = c.get('principal')
  const scope = holds(principal, `state:${name}`) ? `state:${name}` : `plan:${name}`
  mustHold(principal, scope)
  // It would outlive the one that it came from: of what ends with a token only one generation is known.
  if (principal.isLent) throw new Problem('forbidden', 'A token that was lent itself lends nothing.')
  const at = now()
  const token = newToken()
  const expiresAt = Math.min(at + loanMs, principal.expiresAt ?? Infinity)
  const row = { name: `state ${name}`, hash: hashOf(token), scopes: [scope], by: principal.name, expiresAt }
  await transact(c.env.DEPLOYMENT_DB, [
    insertToken(row, at, principal.token),
    act(c, 'token.create', row.name, { changed: ['scopes', 'expires_at'], detail: { scopes: row.scopes } }),
  ])
  c.executionCtx.waitUntil(hint(c.env))
  return c.json({ token, expires_at: iso(expiresAt) }, 201)
})
