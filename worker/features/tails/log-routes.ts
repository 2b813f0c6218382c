import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, refusals } from '../../platform/api.ts'
import { iso } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { cursorAt, openPage, places } from '../../platform/pages.ts'
import { transact } from '../../platform/sql.ts'
import { needs } from '../access/authentication.ts'
import { act, mutates } from '../audit/act.ts'
import { ownAccount, proveReader } from './entitlement.ts'
import { filterIn } from './filter.ts'
import type { Kept } from './filter.ts'
import { retentionDays, setRetention } from './queries.ts'
import { readLog } from './reading.ts'
import { LogEvent, LogQuery, LogSettings, ScriptName } from './schema.ts'

const list = createRoute({
  tags: ['logs'],
  method: 'get',
  path: '/api/logs/{script}',
  operationId: 'listLogs',
  summary: "List a script's events, newest first",
  description:
    'Needs the scope `read`, or a policy with Workers Tail Read for the script. One request reads 20 stored batches and returns 4 MB at most: a page may be short, or empty, and still have a `next`.',
  request: { query: LogQuery, params: z.object({ script: ScriptName }) },
  responses: {
    200: json('The events.', z.object({ events: z.array(LogEvent), next: z.string().nullable() })),
    ...refusals,
  },
})

const showSettings = createRoute({
  tags: ['logs'],
  middleware: needs('read'),
  method: 'get',
  path: '/api/log-settings',
  operationId: 'showLogSettings',
  summary: 'Show how long logs are kept',
  request: { query: noQuery },
  responses: { 200: json('The settings.', LogSettings), ...refusals },
})

const setSettings = createRoute({
  tags: ['logs'],
  middleware: [mutates('logs.settings'), needs('admin')],
  method: 'put',
  path: '/api/log-settings',
  operationId: 'setLogSettings',
  summary: 'Say how long logs are kept',
  request: { query: noQuery, body: body(LogSettings) },
  responses: { 200: json('The settings.', LogSettings), ...refusals },
})

export const logs = api()
  .openapi(list, async (c) => {
    const { script } = c.req.valid('param')
    const query = c.req.valid('query')
    const log = { account: ownAccount(c.env), script }
    await proveReader(c.env, c.get('principal'), log)
    const page = openPage(`logs ${script}`, places.byRow, query)
    const { events, next } = await readLog(c.env, log, {
      before: Number(page.after?.[0] ?? Number.MAX_SAFE_INTEGER),
      since: query.since === undefined ? 0 : Date.parse(query.since),
      until: query.until === undefined ? Infinity : Date.parse(query.until),
      filter: filterIn({ ...query, text: query.q }),
      limit: page.limit,
    })
    return c.json({ events: events.map(eventOf), next: next === null ? null : cursorAt(page, [next]) }, 200)
  })
  .openapi(showSettings, async (c) => c.json({ retention_days: await retentionDays(c.env.DEPLOYMENT_DB) }, 200))
  .openapi(setSettings, async (c) => {
    const { retention_days: days } = c.req.valid('json')
    const told = act(c, 'logs.settings', 'logs', { changed: ['retention_days'], detail: { retention_days: days } })
    await transact(c.env.DEPLOYMENT_DB, [setRetention(days), told])
    c.executionCtx.waitUntil(hint(c.env))
    return c.json({ retention_days: days }, 200)
  })

const levels = ['debug', 'log', 'warn', 'error'] as const
const TraceBody = z.record(z.string(), z.unknown())

function eventOf({ seq, at, rank, outcome, body: trace }: Kept): LogEvent {
  return { seq, at: iso(at), level: levels[rank] ?? 'log', outcome, trace: TraceBody.parse(JSON.parse(trace)) }
}
