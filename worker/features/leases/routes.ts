import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { openPage, paging, places } from '../../platform/pages.ts'
import { needs } from '../access/authentication.ts'
import { mutates } from '../audit/act.ts'
import type { Action } from '../audit/schema.ts'
import { flowHeaders } from '../flows/route-parts.ts'
import { createLease, existing, renewLease, revokeLease, rollValue } from './commands.ts'
import { listLeases } from './queries.ts'
import { Lease, NewLease, Renewal } from './schema.ts'

const params = z.object({ id: z.string().openapi({ example: 'lease-000000001' }) })
const tags = ['leases']
const changing = (action: Action) => ({ tags, middleware: [mutates(action), needs('flows')] })
const upstream = {
  429: problem('The account has had its calls, or too many wrong credentials came from this address.'),
  502: problem('Cloudflare did not do it; what was begun is undone or finished by the clock.'),
  503: problem('There is no account, or no place for a value.'),
}
const missing = { 404: problem('There is no such lease.') }

const create = createRoute({
  ...changing('lease.create'),
  method: 'post',
  path: '/flows/managed-token',
  operationId: 'createManagedToken',
  summary: 'Lease a token of Cloudflare',
  description: `Makes a token that may do no more than its issuer and expires by itself. Its value goes to the Secrets Store
    under \`secret_name\` and is told to nobody. It ends early with the client token that asked for it.`,
  request: {
    query: noQuery,
    headers: flowHeaders.pick({ 'idempotency-key': true }),
    body: body(NewLease),
  },
  responses: {
    201: json('The lease; `expires_on` may be earlier than asked for.', Lease),
    409: problem('A lease or a secret has the name.'),
    ...refusals,
    ...upstream,
  },
})

const list = createRoute({
  tags,
  middleware: needs('read'),
  method: 'get',
  path: '/api/managed-tokens',
  operationId: 'listManagedTokens',
  summary: 'List leased tokens, newest first',
  request: { query: z.strictObject(paging) },
  responses: {
    200: json('The leases.', z.object({ managed_tokens: z.array(Lease), next: z.string().nullable() })),
    ...refusals,
  },
})

const show = createRoute({
  tags,
  middleware: needs('read'),
  method: 'get',
  path: '/api/managed-tokens/{id}',
  operationId: 'showManagedToken',
  summary: 'Show a leased token',
  request: { query: noQuery, params },
  responses: { 200: json('The lease.', Lease), ...missing, ...refusals },
})

const renew = createRoute({
  ...changing('lease.renew'),
  method: 'post',
  path: '/api/managed-tokens/{id}/renew',
  operationId: 'renewManagedToken',
  summary: 'Give a leased token another end',
  description: 'Counted from now, within the same limits; who asks must hold what the token may do.',
  request: { query: noQuery, params, body: body(Renewal) },
  responses: {
    200: json('The lease.', Lease),
    409: problem('It is not active.'),
    ...missing,
    ...refusals,
    ...upstream,
  },
})

const roll = createRoute({
  ...changing('lease.roll'),
  method: 'post',
  path: '/api/managed-tokens/{id}/roll',
  operationId: 'rollManagedToken',
  summary: 'Give a leased token another value',
  description: 'The old value is dead at once; the secret holds the new one under the same name.',
  request: { query: noQuery, params },
  responses: {
    200: json('The lease.', Lease),
    409: problem('It is not active.'),
    ...missing,
    ...refusals,
    ...upstream,
  },
})

const revoke = createRoute({
  ...changing('lease.revoke'),
  method: 'delete',
  path: '/api/managed-tokens/{id}',
  operationId: 'revokeManagedToken',
  summary: 'Revoke a leased token',
  description: 'Deletes the token, its secret and its record.',
  request: { query: noQuery, params },
  responses: {
    202: json('Cloudflare did not do all of it yet: the clock goes on.', Lease),
    204: { description: 'It is gone.' },
    409: problem('It is just being made.'),
    ...missing,
    ...refusals,
    ...upstream,
  },
})

export const leases = api()
  .openapi(create, async (c) => {
    return c.json(await createLease(c, c.req.valid('json')), 201)
  })
  .openapi(list, async (c) => {
    const page = openPage('managed-tokens', places.byRow, c.req.valid('query'))
    return c.json(await listLeases(c.env.DEPLOYMENT_DB, page), 200)
  })
  .openapi(show, async (c) => c.json((await existing(c, c.req.valid('param').id)).shown, 200))
  .openapi(renew, async (c) => {
    return c.json(await renewLease(c, c.req.valid('param').id, c.req.valid('json').ttl_days), 200)
  })
  .openapi(roll, async (c) => c.json(await rollValue(c, c.req.valid('param').id), 200))
  .openapi(revoke, async (c) => {
    const left = await revokeLease(c, c.req.valid('param').id)
    return left === null ? c.body(null, 204) : c.json(left, 202)
  })
