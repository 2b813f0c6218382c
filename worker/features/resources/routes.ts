import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { rowOf } from '../../platform/ids.ts'
import { openPage, paging, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { findResource, listChanges, listResources } from './queries.ts'
import { Resource, ResourceChange, ResourceQuery } from './schema.ts'

const params = z.object({ id: z.string().max(100).openapi({ example: 'res-000000001' }) })
const guarded = { tags: ['resources'], middleware: needs('read') }
const ResourcePage = z.object({ resources: z.array(Resource), next: z.string().nullable() })
const ChangePage = z.object({ changes: z.array(ResourceChange), next: z.string().nullable() })
const missing = problem('There is no such resource.')

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/resources',
  operationId: 'listResources',
  summary: 'List resources that exist, newest first',
  request: { query: ResourceQuery },
  responses: { 200: json('The resources.', ResourcePage), ...refusals },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/resources/{id}',
  operationId: 'showResource',
  summary: 'Show a resource, also a deleted one',
  request: { query: noQuery, params },
  responses: { 200: json('The resource.', Resource), 404: missing, ...refusals },
})

const history = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/resources/{id}/history',
  operationId: 'listResourceHistory',
  summary: 'List what happened to a resource, newest first',
  request: { query: z.strictObject(paging), params },
  responses: { 200: json('The changes.', ChangePage), 404: missing, ...refusals },
})

async function existing(db: D1Database, id: string) {
  const row = rowOf('res', id)
  const resource = row === null ? null : await findResource(db, row)
  if (row === null || resource === null) throw new Problem('not-found', `There is no resource ${id}.`)
  return { row, resource }
}

export const resources = api()
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    return c.json(await listResources(c.env.DEPLOYMENT_DB, query, openPage('resources', places.byRow, query)), 200)
  })
  .openapi(show, async (c) => c.json((await existing(c.env.DEPLOYMENT_DB, c.req.valid('param').id)).resource, 200))
  .openapi(history, async (c) => {
    const { row } = await existing(c.env.DEPLOYMENT_DB, c.req.valid('param').id)
    const page = openPage(`changes of ${row}`, places.byRow, c.req.valid('query'))
    return c.json(await listChanges(c.env.DEPLOYMENT_DB, row, page), 200)
  })
