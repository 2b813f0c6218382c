import { createRoute, z } from '@hono/zod-openapi'
import packageJson from '../../../package.json' with { type: 'json' }
import { api, json, noQuery, problem } from '../../platform/api.ts'
import { Problem } from '../../platform/problem.ts'
import { sql } from '../../platform/sql.ts'

const Health = z.object({ status: z.literal('ok'), version: z.string() }).openapi('Health')

const check = createRoute({
  tags: ['overview'],
  method: 'get',
  path: '/api/health',
  operationId: 'checkHealth',
  summary: 'Ask whether the database answers',
  security: [],
  request: { query: noQuery },
  responses: {
    200: json('The database answers.', Health),
    400: problem('A query value is unknown.'),
    503: problem('The database does not answer.'),
  },
})

export const health = api().openapi(check, async (c) => {
  const migrated = await sql`select count(*) as n from counters where scope = 'none'`
    .first(c.env.DEPLOYMENT_DB, z.object({ n: z.int() }))
    .catch(() => null)
  if (!migrated) throw new Problem('unavailable', 'The database does not answer, or its migrations were not applied.')
  return c.json({ status: 'ok' as const, version: packageJson.version }, 200)
})
