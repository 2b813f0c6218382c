import { createRoute, z } from '@hono/zod-openapi'
import { api, json, problem, raw, refusals } from '../../platform/api.ts'
import { readBytes } from '../../platform/body.ts'
import { now } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { Problem } from '../../platform/problem.ts'
import { Secrets } from '../../platform/redact.ts'
import { needs } from '../access/authentication.ts'
import { act, mutates } from '../audit/act.ts'
import { redactPlan } from './plan-record.ts'
import type { PlanRecord } from './plan-record.ts'
import { PlanReceipt, readPlan, storePlan } from './plan.ts'
import { reportable, ReportedRun, reportedRun, untilItHolds } from './reporting.ts'
import { params } from './schema.ts'

const limit = { bytes: 32_000_000, idleMs: 30_000, totalMs: 300_000 }
const query = z.strictObject({
  operation: z.coerce.number().int().min(1).max(50).default(1).openapi({ description: 'Its number in the run.' }),
})
// Not a schema of zod, or the body would be read before it is bounded.
const body = { required: true, content: { 'application/json': { schema: { type: 'object' as const } } } }
const unknown = { 404: problem('There is no such deployment, or no such plan.'), ...refusals }

const store = createRoute({
  tags: ['recorder'],
  middleware: [mutates('deployment.plan'), needs('deployments:write')],
  method: 'put',
  path: '/api/deployments/{id}/plan',
  operationId: 'storePlan',
  summary: 'Store the plan of a recorded run',
  description:
    'The body is what `terraform show -json <plan>` writes, or a record made of it; secrets are hidden before anything is stored. The same again is a success; another plan takes its place.',
  request: { query, params, body },
  responses: {
    200: json('Stored, now or before.', PlanReceipt),
    409: problem('Nobody recorded this run.'),
    413: problem('The body is larger than 32 MB.'),
    ...unknown,
  },
})

const show = createRoute({
  tags: ['deployments'],
  middleware: needs('read'),
  method: 'get',
  path: '/api/deployments/{id}/plan',
  operationId: 'showPlan',
  summary: 'Show the plan of a recorded run, without its secrets',
  request: { query, params },
  responses: { 200: raw('The record.', 'application/json', z.looseObject({})), ...unknown },
})

function recordOf(bytes: Uint8Array): PlanRecord {
  const record = redactPlan(parsed(bytes), new Secrets())
  if (record.format_version === null) {
    throw new Problem(
      'invalid-request',
      'The body is no plan: `terraform show -json <plan>` writes a `format_version`.',
    )
  }
  return record
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem('invalid-request', 'The body is not JSON in UTF-8.')
  }
}

export const plans = api()
  .openapi(store, async (c) => {
    const { id } = c.req.valid('param')
    const { operation } = c.req.valid('query')
    const db = c.env.DEPLOYMENT_DB
    const record = recordOf(await readBytes(c.req.raw, limit))
    const receipt = await untilItHolds(async () => {
      const run = reportable(c.get('principal'), id, await reportedRun({ id }).first(db, ReportedRun))
      const audit = act(c, 'deployment.plan', id, { changed: ['plan'], detail: { operation, counts: record.counts } })
      return storePlan(c.env, run, { record, operation }, audit, now())
    })
    c.executionCtx.waitUntil(hint(c.env))
    return c.json(receipt, 200)
  })
  .openapi(show, async (c) => {
    const { id } = c.req.valid('param')
    const { operation } = c.req.valid('query')
    const run = await reportedRun({ id }).first(c.env.DEPLOYMENT_DB, ReportedRun)
    if (!run) throw new Problem('not-found', `There is no deployment ${id}.`)
    const found = await readPlan(c.env, run.row, operation)
    if (!found) throw new Problem('not-found', `Operation ${operation} of ${id} has no plan.`)
    return c.body(found.text, 200, { 'content-type': 'application/json' })
  })
