import { createRoute, z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { api, body, json, noQuery, problem } from '../../platform/api.ts'
import type { AppContext, AppEnv } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { complete, hint } from '../../platform/outbox.ts'
import { nobody } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import { act, mutates } from '../audit/act.ts'
import { countFailure } from './authentication.ts'
import { isFromFork } from './fork.ts'
import { faultOf, leeway, readIdentity } from './identity.ts'
import type { Claims } from './identity.ts'
import { isSigned } from './issuer.ts'
import { findToken, insertToken, spendIdentity } from './queries.ts'
import { IssuedToken } from './schema.ts'
import { hashOf, newToken } from './token.ts'
import { ruleFor, Trust } from './trust.ts'
import type { Rule } from './trust.ts'

const IdentityToken = z
  .strictObject({ token: z.string().max(16_000).openapi({ description: 'What GitHub signed for the run: a JWT.' }) })
  .openapi('IdentityToken')

const exchange = createRoute({
  tags: ['access'],
  middleware: mutates('token.exchange'),
  method: 'post',
  path: '/api/access/github-oidc',
  operationId: 'exchangeGithubToken',
  summary: 'Exchange the identity of a GitHub Actions run for a token',
  description: 'The token is lent for an hour at most, with the scopes that the settings bind to such a run.',
  security: [],
  request: { query: noQuery, body: body(IdentityToken) },
  responses: {
    201: json('The token, shown this once.', IssuedToken),
    400: problem('The body is not valid.'),
    403: problem('The identity is not accepted; the audit tells the owner why.'),
    429: problem('Too many refused attempts came from this address.'),
    503: problem('The keys of the issuer, or GitHub, cannot be read just now.'),
  },
})

/** The caller is told nothing that would help to guess; `reason` is for the audit. */
function refused(reason: string): Problem {
  return new Problem('forbidden', 'This identity is not accepted.', { reason })
}

/** Who may come, as the settings say; without a word nobody may. */
function trustIn({ GITHUB_TRUST: text }: Env): Trust {
  if (text === '') throw refused('no rules')
  try {
    return Trust.parse(JSON.parse(text))
  } catch (error) {
    console.error({ GITHUB_TRUST: String(error) })
    throw new Problem('unavailable', 'The server is not set up for this.', { reason: 'GITHUB_TRUST is not valid' })
  }
}

/** What GitHub signed, and signed for us. */
async function proven(env: Env, token: string, audience: string, at: Moment): Promise<Claims> {
  const identity = readIdentity(token)
  if (identity === null) throw refused('no RS256 identity of a run')
  const issuer = env.GITHUB_OIDC_ISSUER
  const fault = faultOf(identity.claims, { issuer, audience }, at)
  if (fault !== null) throw refused(fault)
  if (!(await isSigned(identity, issuer, at))) throw refused('no signature of the issuer')
  return identity.claims
}

async function permitted(env: Env, claims: Claims, { rules }: Trust): Promise<Rule> {
  const rule = ruleFor(claims, rules)
  if (rule === null) throw refused('no rule fits')
  if (await isFromFork(env, claims)) throw refused('fork')
  return rule
}

/** Lends a token, once for each identity. */
async function lend(c: AppContext, claims: Claims, { scopes, minutes }: Rule, at: Moment): Promise<string> {
  const { jti, exp, repository, ref, environment, event_name: event, run_id, sha, actor } = claims
  const token = newToken()
  const hash = hashOf(token)
  const { name } = c.get('principal')
  const expiresAt = at + minutes * 60_000
  const detail = { scopes, minutes, repository, ref, environment, event, run_id, sha, actor }
  await transact(c.env.DEPLOYMENT_DB, [
    spendIdentity(jti, exp * 1000 + leeway),
    must(sql`changes() = 1`),
    insertToken({ name, hash, scopes, by: 'github-oidc', expiresAt }, at),
    act(c, 'token.exchange', name, { detail }),
    complete('$.detail.id', sql`(select printf('tok-%09d', id) from api_tokens where hash = ${hash})`),
  ]).catch((error: unknown) => {
    throw isBrokenAssertion(error) ? refused('replayed') : error
  })
  c.executionCtx.waitUntil(hint(c.env))
  return token
}

/**
 * Refused attempts are counted by address, as wrong credentials are: past the limit they are no longer audited. All of
 * them, since anybody on GitHub has an identity that GitHub signed.
 */
export const countRefusals = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  if (c.res.status >= 400) await countFailure(c)
})

export const exchanges = api().openapi(exchange, async (c) => {
  const at = now()
  const trust = trustIn(c.env)
  const claims = await proven(c.env, c.req.valid('json').token, trust.audience, at)
  // From here on GitHub has said who it is.
  c.set('principal', { ...nobody, name: `github:${claims.repository}@${claims.ref}` })
  const token = await lend(c, claims, await permitted(c.env, claims, trust), at)
  const issued = await findToken(c.env.DEPLOYMENT_DB, { hash: hashOf(token) })
  if (!issued) throw new Error('The token was deleted while it was lent.')
  return c.json({ ...issued, token }, 201)
})
