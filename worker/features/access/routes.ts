import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { rowOf } from '../../platform/ids.ts'
import { complete, hint } from '../../platform/outbox.ts'
import { openPage, paging, places } from '../../platform/pages.ts'
import { mustHold } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import { act, mutates } from '../audit/act.ts'
import type { Action } from '../audit/schema.ts'
import { forgetTokens, needs } from './authentication.ts'
import { deleteToken, findToken, insertToken, listTokens } from './queries.ts'
import { IssuedToken, NewToken, Token } from './schema.ts'
import { expiryOf, hashOf, newToken } from './token.ts'

const params = z.object({ id: z.string().openapi({ example: 'tok-000000001' }) })
const guarded = { tags: ['access'], middleware: needs('admin') }
const changing = (action: Action) => ({ ...guarded, middleware: [mutates(action), needs('admin')] })
const TokenPage = z.object({ tokens: z.array(Token), next: z.string().nullable() })

const issue = createRoute({
  ...changing('token.create'),
  method: 'post',
  path: '/api/tokens',
  operationId: 'issueToken',
  summary: 'Issue a token',
  request: { query: noQuery, body: body(NewToken) },
  responses: {
    201: json('The token, shown this once.', IssuedToken),
    ...refusals,
  },
})

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/tokens',
  operationId: 'listTokens',
  summary: 'List tokens, newest first',
  request: { query: z.strictObject(paging) },
  responses: { 200: json('The tokens, without their values.', TokenPage), ...refusals },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/tokens/{id}',
  operationId: 'showToken',
  summary: 'Show a token',
  request: { query: noQuery, params },
  responses: {
    200: json('The token, without its value.', Token),
    404: problem('There is no such token.'),
    ...refusals,
  },
})

const revoke = createRoute({
  ...changing('token.delete'),
  method: 'delete',
  path: '/api/tokens/{id}',
  operationId: 'revokeToken',
  summary: 'Delete a token',
  request: { query: noQuery, params },
  responses: {
    204: { description: 'The token no longer works.' },
    404: problem('There is no such token.'),
    ...refusals,
  },
})

async function existing(c: AppContext, id: string) {
  const row = rowOf('tok', id)
  const token = row === null ? null : await findToken(c.env.DEPLOYMENT_DB, { id: row })
  if (row === null || token === null) throw notFound(id)
  return { row, token }
}

function notFound(id: string): Problem {
  return new Problem('not-found', `There is no token ${id}.`)
}

export const access = api()
  .openapi(issue, async (c) => {
    const given = c.req.valid('json')
    const { name, scopes, expires_in_days: days } = given
    const principal = c.get('principal')
    // Nobody may hand out what they do not hold.
    for (const scope of scopes) mustHold(principal, scope)
    const at = now()
    const token = newToken()
    const hash = hashOf(token)
    const expiresAt = expiryOf(days, principal.expiresAt, at)
    await transact(c.env.DEPLOYMENT_DB, [
      insertToken({ name, hash, scopes, by: principal.name, expiresAt }, at),
      act(c, 'token.create', name, { changed: Object.keys(given), detail: { scopes, expires_in_days: days ?? null } }),
      complete('$.detail.id', sql`(select printf('tok-%09d', id) from api_tokens where hash = ${hash})`),
    ])
    c.executionCtx.waitUntil(hint(c.env))
    const issued = await findToken(c.env.DEPLOYMENT_DB, { hash })
    if (!issued) throw new Error('The token was deleted while it was issued.')
    return c.json({ ...issued, token }, 201)
  })
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    return c.json(await listTokens(c.env.DEPLOYMENT_DB, openPage('tokens', places.byRow, query)), 200)
  })
  .openapi(show, async (c) => c.json((await existing(c, c.req.valid('param').id)).token, 200))
  .openapi(revoke, async (c) => {
    const { id } = c.req.valid('param')
    const { row, token } = await existing(c, id)
    const batch = [deleteToken(row), must(sql`changes() = 1`), act(c, 'token.delete', token.name, { detail: { id } })]
    await transact(c.env.DEPLOYMENT_DB, batch).catch((error: unknown) => {
      // Somebody else has deleted it meanwhile, and that is audited already.
      throw isBrokenAssertion(error) ? notFound(id) : error
    })
    forgetTokens()
    c.executionCtx.waitUntil(hint(c.env))
    return c.body(null, 204)
  })
