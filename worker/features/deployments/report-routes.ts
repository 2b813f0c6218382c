import { createRoute } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import { complete, hint } from '../../platform/outbox.ts'
import { sql } from '../../platform/sql.ts'
import { forgetTokens, needs } from '../access/authentication.ts'
import { act, mutates } from '../audit/act.ts'
import { beginRecorded } from './begin.ts'
import { transactAndShow } from './queries.ts'
import { recordedRow } from './recording.ts'
import { BegunRun, NewRun, RunReport } from './report.ts'
import { reportable, ReportedRun, reportedRun, untilItHolds } from './reporting.ts'
import { Deployment, params } from './schema.ts'
import { updateRun } from './update.ts'

const unknown = { 404: problem('There is no such deployment.'), ...refusals }

const begin = createRoute({
  tags: ['recorder'],
  middleware: [mutates('deployment.create'), needs('deployments:write')],
  method: 'post',
  path: '/api/deployments',
  operationId: 'beginDeployment',
  summary: 'Begin a recorded run',
  description:
    'The same run again, or one that is known by its lock already, is answered 200; each answer gives a new run token and ends the one before.',
  request: { query: noQuery, body: body(NewRun) },
  responses: {
    201: json('The run has begun.', BegunRun),
    200: json('The run was known.', BegunRun),
    ...refusals,
  },
})

const update = createRoute({
  tags: ['recorder'],
  middleware: [mutates('deployment.update'), needs('deployments:write')],
  method: 'patch',
  path: '/api/deployments/{id}',
  operationId: 'updateDeployment',
  summary: 'End a recorded run, or tell more of it',
  description:
    'An empty object says that the run goes on. The same ending again is a success, and an ending that was inferred is corrected.',
  request: { query: noQuery, params, body: body(RunReport) },
  responses: {
    200: json('The run as it is now.', Deployment),
    409: problem('Another ending was reported before, or nobody recorded this run.'),
    ...unknown,
  },
})

export const reports = api()
  .openapi(begin, async (c) => {
    const run = c.req.valid('json')
    const db = c.env.DEPLOYMENT_DB
    const row = recordedRow(run.run)
    const given = Object.keys(run).filter((name) => name !== 'run')
    const { isNew, token, deployment } = await beginRecorded(db, run, c.get('principal'), now(), (isFirst) => [
      act(c, 'deployment.create', '', { changed: isFirst ? given : ['run_token'] }),
      complete('$.subject', sql`(select deployment_id from deployments where id = ${row})`),
    ])
    forgetTokens()
    c.executionCtx.waitUntil(hint(c.env))
    const answer = {
      deployment,
      run_token: token?.text ?? null,
      run_token_expires_at: token && iso(token.expiresAt),
      expected_ms: deployment.expected_ms,
    }
    return c.json(answer, isNew ? 201 : 200)
  })
  .openapi(update, async (c) => {
    const { id } = c.req.valid('param')
    const report = c.req.valid('json')
    const db = c.env.DEPLOYMENT_DB
    const deployment = await untilItHolds(async () => {
      const run = reportable(c.get('principal'), id, await reportedRun({ id }).first(db, ReportedRun))
      const { changed, statements } = updateRun(run, report, now())
      const told = changed.length === 0 ? [] : [act(c, 'deployment.update', id, { changed, detail: detailOf(report) })]
      return transactAndShow(db, [...statements, ...told], run.row)
    })
    forgetTokens()
    c.executionCtx.waitUntil(hint(c.env))
    return c.json(deployment, 200)
  })

function detailOf({ status, exit_code: code }: RunReport): Record<string, unknown> {
  return status === undefined ? {} : { status, exit_code: code ?? null }
}
