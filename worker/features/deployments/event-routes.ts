import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { readBytes } from '../../platform/body.ts'
import { now } from '../../platform/clock.ts'
import type { Principal } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { readAll, sql, transact } from '../../platform/sql.ts'
import { needs } from '../access/authentication.ts'
import { mutates } from '../audit/act.ts'
import { noteHeard, wakeRun } from './ending.ts'
import { readEvents } from './event-batch.ts'
import type { EventBatch } from './event-batch.ts'
import {
  digestOf,
  overlapping,
  Receipt,
  receiptOf,
  refuseOverlap,
  StoredBatch,
  storeBatch,
  storedBatch,
} from './event-store.ts'
import { RunEvent } from './event.ts'
import { reportable, ReportedRun, reportedRun, untilItHolds } from './reporting.ts'
import { stepOf } from './run.ts'
import { params } from './schema.ts'

const limit = { bytes: 4_000_000, idleMs: 30_000, totalMs: 120_000 }
const Key = z.string().regex(/^[0-9A-Za-z._-]{1,100}$/)

const report = createRoute({
  tags: ['recorder'],
  middleware: [mutates('deployment.report'), needs('deployments:write')],
  method: 'post',
  path: '/api/deployments/{id}/events',
  operationId: 'reportEvents',
  summary: 'Report output and events of a recorded run',
  description:
    'One JSON object (RunEvent) on each line. A batch is stored once, however often it comes; batches may come in any order. An empty body says that the run goes on.',
  request: {
    query: noQuery,
    params,
    headers: z.object({
      'idempotency-key': z
        .string()
        .optional()
        .openapi({ description: '1 to 100 of `0-9 A-Z a-z . _ -`; needed unless the body is empty.' }),
    }),
    body: { content: { 'application/x-ndjson': { schema: RunEvent } } },
  },
  responses: {
    200: json('Stored, now or before.', Receipt),
    404: problem('There is no such deployment.'),
    409: problem('The key, or one of the lines, was used for something else; or nobody recorded this run.'),
    413: problem('The body is larger than 4 MB.'),
    ...refusals,
  },
})

/** What was stored before is answered again; what is not known yet is stored. */
async function store(env: Env, principal: Principal, id: string, batch: EventBatch & { key: string; sha256: string }) {
  return untilItHolds(async (): Promise<Receipt> => {
    const row = sql`(select id from deployments where deployment_id = ${id})`
    const { runs, batches, others } = await readAll(env.DEPLOYMENT_DB, {
      runs: [reportedRun({ id }), ReportedRun],
      batches: [storedBatch(row, batch.key), StoredBatch],
      others: [overlapping(row, batch), StoredBatch],
    })
    const run = reportable(principal, id, runs[0])
    if (batches[0]) return receiptOf(batch.key, batches[0], batch.sha256)
    refuseOverlap(others[0])
    await storeBatch(env, run, batch, now())
    return { first_line: batch.firstLine, lines: batch.lines, stored: true }
  })
}

async function noteAlive(db: D1Database, principal: Principal, id: string): Promise<Receipt> {
  return untilItHolds(async () => {
    const run = reportable(principal, id, await reportedRun({ id }).first(db, ReportedRun))
    await transact(db, [...(stepOf(run, null) === null ? [] : wakeRun(run)), noteHeard(run.row, now())])
    return { first_line: null, lines: 0, stored: true }
  })
}

export const eventReports = api().openapi(report, async (c) => {
  const { id } = c.req.valid('param')
  const principal = c.get('principal')
  const body = await readBytes(c.req.raw, limit)
  if (body.byteLength === 0) return c.json(await noteAlive(c.env.DEPLOYMENT_DB, principal, id), 200)
  const key = Key.safeParse(c.req.valid('header')['idempotency-key'])
  if (!key.success) {
    throw new Problem('invalid-request', 'The header Idempotency-Key names the batch: 1 to 100 of 0-9 A-Z a-z . _ -.')
  }
  const batch = { ...readEvents(body, now()), key: key.data, sha256: digestOf(body) }
  return c.json(await store(c.env, principal, id, batch), 200)
})
