import { createRoute, z } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { api, problem, refusals } from '../../platform/api.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { findDeployment } from '../deployments/queries.ts'
import { Deployment } from '../deployments/schema.ts'
import { findByAddress, findResource, findSnapshot, lastChange } from '../resources/queries.ts'
import { climbFrom, lastFlowLink } from './queries.ts'
import { Why, WhyQuery } from './schema.ts'
import type { Link } from './schema.ts'
import { ownLinks, story } from './why.ts'

const explain = createRoute({
  tags: ['links'],
  middleware: needs('read'),
  method: 'get',
  path: '/api/why',
  operationId: 'explainResource',
  summary: 'Explain why a resource is as it is',
  description: 'With `Accept: text/plain` as lines to read, one for each link, each with its evidence.',
  request: { query: WhyQuery },
  responses: {
    200: {
      description: 'What led to the resource, nearest first.',
      content: { 'application/json': { schema: Why }, 'text/plain': { schema: z.string() } },
    },
    404: problem('No state holds such a resource.'),
    409: problem('Several states hold the address; `states` names them.'),
    ...refusals,
  },
})

/** The one resource that is meant. A deleted one answers too, unless a live one bears the address. */
async function findMeant(db: D1Database, address: string, state: string | undefined): Promise<number> {
  const found = await findByAddress(db, address, state)
  const live = found.filter(({ status }) => status !== 'deleted')
  const [meant, ...others] = live.length > 0 ? live : found
  const where = state === undefined ? 'No state holds' : `The state ${state} does not hold`
  if (!meant) throw new Problem('not-found', `${where} a resource with the address ${address}.`)
  if (others.length === 0) return meant.row
  const states = [meant, ...others].map((one) => one.state).toSorted()
  throw new Problem('conflict', `Several states hold ${address}: say which with \`state\`: ${states.join(', ')}.`, {
    extensions: { states },
  })
}

/** What a flow did with something that no state holds, such as `d1:shop-db`. */
async function flowExplanation(db: D1Database, link: Link, depth: number) {
  const { from: node, to, detail } = link
  const [deployment, climbed] = await Promise.all([findDeployment(db, { id: node.id }), climbFrom(db, node, depth - 1)])
  const resource = { address: to.id, state: null, cloud_id: detail }
  return { resource, deployment: deployment && Deployment.parse(deployment), own: [link], ...climbed }
}

const flowAddress = /^(?:script|d1|kv|r2|queue):/

async function explanation(db: D1Database, row: number, depth: number) {
  const [resource, change] = await Promise.all([findResource(db, row), lastChange(db, row)])
  if (!resource) throw new Error('A resource is never removed.')
  if (!change) return { resource, deployment: null, own: [], levels: [], complete: true }
  const [deployment, version] = await Promise.all([
    change.deployment_row === null ? null : findDeployment(db, { row: change.deployment_row }),
    findSnapshot(db, resource.state, change.version),
  ])
  const own = ownLinks(resource, change, deployment?.id ?? null, version)
  if (!deployment) return { resource, deployment: null, own, levels: [], complete: true }
  const climbed = await climbFrom(db, { kind: 'deployment', id: deployment.id }, depth - 1)
  return { resource, deployment: Deployment.parse(deployment), own, ...climbed }
}

export const why = api().openapi(explain, async (c) => {
  const { resource: address, state, depth } = c.req.valid('query')
  const db = c.env.DEPLOYMENT_DB
  const link = state === undefined && flowAddress.test(address) ? await lastFlowLink(db, address) : null
  const { own, levels, ...told } = link
    ? await flowExplanation(db, link, depth)
    : await explanation(db, await findMeant(db, address, state), depth)
  const types = { header: 'Accept', supports: ['application/json', 'text/plain'], default: 'application/json' } as const
  c.header('vary', 'accept')
  if (accepts(c, { ...types, supports: [...types.supports] }) === 'text/plain') {
    return c.text(story({ ...told, own, levels }), 200)
  }
  return c.json({ ...told, edges: [...own, ...levels.flat()] }, 200)
})
