import { createRoute, z } from '@hono/zod-openapi'
import { api, json, problem, raw, refusals } from '../../platform/api.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { listChanges } from './change-queries.ts'
import { ChangeQuery, PlannedChange } from './change.ts'
import { bodyOf, LogLine, LogQuery, LogReader } from './log.ts'
import { ReportedRun, reportedRun } from './reporting.ts'
import { params } from './schema.ts'

const guarded = { tags: ['deployments'], middleware: needs('read') }
const unknown = { 404: problem('There is no such deployment.'), ...refusals }

const logs = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/deployments/{id}/logs',
  operationId: 'readLogs',
  summary: "Read a recorded run's output, or follow it",
  description: 'One JSON object (LogLine) on each line. Lines that have not arrived yet are waited for when following.',
  request: { query: LogQuery, params },
  responses: {
    200: raw('The lines in order.', 'application/x-ndjson', LogLine),
    ...unknown,
  },
})

const ChangePage = z.object({ changes: z.array(PlannedChange), next: z.string().nullable() })

const changes = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/deployments/{id}/changes',
  operationId: 'listDeploymentChanges',
  summary: 'List what a run would do to resources, and what became of it',
  description:
    'As its plan says: changes by address, then drift. A run without a plan shows what its state tells of it, in order.',
  request: { query: ChangeQuery, params },
  responses: { 200: json('The changes.', ChangePage), ...unknown },
})

async function existing(db: D1Database, id: string): Promise<ReportedRun> {
  const run = await reportedRun({ id }).first(db, ReportedRun)
  if (!run) throw new Problem('not-found', `There is no deployment ${id}.`)
  return run
}

export const records = api()
  .openapi(logs, async (c) => {
    const { from, limit = Infinity, follow } = c.req.valid('query')
    const run = await existing(c.env.DEPLOYMENT_DB, c.req.valid('param').id)
    const reader = new LogReader(c.env, run.row, { from, limit, follow: follow === '1' })
    return c.body(bodyOf(reader), 200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  })
  .openapi(changes, async (c) => {
    const { id } = c.req.valid('param')
    const { row } = await existing(c.env.DEPLOYMENT_DB, id)
    return c.json(await listChanges(c.env.DEPLOYMENT_DB, id, row, c.req.valid('query')), 200)
  })
