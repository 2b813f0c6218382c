import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { openPage, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { findRepository, listRepositories } from './queries.ts'
import { Repository, RepositoryQuery } from './schema.ts'

const name = z.string().max(200)
const params = z.object({ owner: name.openapi({ example: 'octo' }), name: name.openapi({ example: 'site' }) })
const guarded = { tags: ['repositories'], middleware: needs('read') }
const RepositoryPage = z.object({ repositories: z.array(Repository), next: z.string().nullable() })

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/repos',
  operationId: 'listRepositories',
  summary: 'List the repositories that Terraform manages, newest first',
  request: { query: RepositoryQuery },
  responses: { 200: json('The repositories.', RepositoryPage), ...refusals },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/repos/{owner}/{name}',
  operationId: 'showRepository',
  summary: 'Show a repository, also one that no state holds any more',
  request: { query: noQuery, params },
  responses: { 200: json('The repository.', Repository), 404: problem('There is no such repository.'), ...refusals },
})

export const repositories = api()
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    const page = openPage('repositories', places.byRow, query)
    return c.json(await listRepositories(c.env.DEPLOYMENT_DB, query, page), 200)
  })
  .openapi(show, async (c) => {
    const { owner, name: own } = c.req.valid('param')
    const repository = await findRepository(c.env.DEPLOYMENT_DB, `${owner}/${own}`)
    if (!repository) throw new Problem('not-found', `No repository ${owner}/${own} is known here.`)
    return c.json(repository, 200)
  })
