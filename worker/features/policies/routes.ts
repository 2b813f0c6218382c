import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { openPage, paging, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { needs } from '../access/authentication.ts'
import { act, mutates } from '../audit/act.ts'
import type { Action } from '../audit/schema.ts'
import { forgetGrants } from './grants.ts'
import { deletePolicy, findPolicy, insertPolicy, listPolicies, replacePolicy } from './queries.ts'
import { NewPolicy, Policy, PolicyContent, PolicyName } from './schema.ts'

const params = z.object({ name: PolicyName })
const guarded = { tags: ['policies'], middleware: needs('admin') }
const changing = (action: Action) => ({ ...guarded, middleware: [mutates(action), needs('admin')] })
const missing = { 404: problem('There is no such policy.') }

const create = createRoute({
  ...changing('policy.create'),
  method: 'post',
  path: '/api/policies',
  operationId: 'createPolicy',
  summary: 'Create a policy',
  description: 'Says what tokens with the scope `sdk:<name>` may do at Cloudflare, through the gateway.',
  request: { query: noQuery, body: body(NewPolicy) },
  responses: { 201: json('The policy.', Policy), 409: problem('There is one of this name.'), ...refusals },
})

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/policies',
  operationId: 'listPolicies',
  summary: 'List policies by name',
  request: { query: z.strictObject(paging) },
  responses: {
    200: json('The policies.', z.object({ policies: z.array(Policy), next: z.string().nullable() })),
    ...refusals,
  },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/policies/{name}',
  operationId: 'showPolicy',
  summary: 'Show a policy',
  request: { query: noQuery, params },
  responses: { 200: json('The policy.', Policy), ...missing, ...refusals },
})

const replace = createRoute({
  ...changing('policy.update'),
  method: 'put',
  path: '/api/policies/{name}',
  operationId: 'replacePolicy',
  summary: 'Replace what a policy allows',
  description: 'Every token that has it gets the new one within two seconds.',
  request: { query: noQuery, params, body: body(PolicyContent) },
  responses: { 200: json('The policy.', Policy), ...missing, ...refusals },
})

const remove = createRoute({
  ...changing('policy.delete'),
  method: 'delete',
  path: '/api/policies/{name}',
  operationId: 'deletePolicy',
  summary: 'Delete a policy',
  request: { query: noQuery, params },
  responses: { 204: { description: 'Tokens that have it may do less by now.' }, ...missing, ...refusals },
})

async function existing(c: AppContext, name: string): Promise<Policy> {
  const policy = await findPolicy(c.env.DEPLOYMENT_DB, name)
  if (!policy) throw notFound(name)
  return policy
}

function notFound(name: string): Problem {
  return new Problem('not-found', `There is no policy ${name}.`)
}

/** Writes a change with its act, or neither. */
async function write(c: AppContext, change: Statement, told: Statement, otherwise: Problem): Promise<void> {
  await transact(c.env.DEPLOYMENT_DB, [change, must(sql`changes() = 1`), told]).catch((error: unknown) => {
    throw isBrokenAssertion(error) ? otherwise : error
  })
  forgetGrants()
  c.executionCtx.waitUntil(hint(c.env))
}

export const policies = api()
  .openapi(create, async (c) => {
    const policy = c.req.valid('json')
    const { name, ...detail } = policy
    const told = act(c, 'policy.create', name, { changed: Object.keys(policy), detail })
    const taken = new Problem('conflict', `There is a policy ${name} already.`)
    await write(c, insertPolicy(policy, c.get('principal').name, now()), told, taken)
    return c.json(await existing(c, name), 201)
  })
  .openapi(list, async (c) => {
    const page = openPage('policies', places.byName, c.req.valid('query'))
    return c.json(await listPolicies(c.env.DEPLOYMENT_DB, page), 200)
  })
  .openapi(show, async (c) => c.json(await existing(c, c.req.valid('param').name), 200))
  .openapi(replace, async (c) => {
    const { name } = c.req.valid('param')
    const content = c.req.valid('json')
    const told = act(c, 'policy.update', name, { changed: Object.keys(content), detail: content })
    await write(c, replacePolicy({ name, ...content }, now()), told, notFound(name))
    return c.json(await existing(c, name), 200)
  })
  .openapi(remove, async (c) => {
    const { name } = c.req.valid('param')
    await write(c, deletePolicy(name), act(c, 'policy.delete', name), notFound(name))
    return c.body(null, 204)
  })
