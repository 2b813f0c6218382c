import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'

/** Workers Observability, as an account sees it for which nothing was kept: its questions have empty answers. */
export const observabilityProduct: Product = { tables: { product: 'observability', history: [] }, routes }

const Asked = z.looseObject({
  timeframe: z.object({ from: z.number(), to: z.number() }),
  parameters: z.record(z.string(), z.unknown()).default({}),
  queryId: z.string().optional(),
  view: z.string().optional(),
  dry: z.boolean().default(false),
  granularity: z.number().default(0),
})
type Asked = z.infer<typeof Asked>

const base = '/accounts/:account/workers/observability'

function routes(api: Api, cloud: Cloud): void {
  for (const list of ['destinations', 'metricsexport', 'queries']) api.get(`${base}/${list}`, () => ok([]))
  api.get(`${base}/usage`, () => ok({ events: 0, breakdown: [] }))
  for (const list of ['keys', 'values']) api.post(`${base}/telemetry/${list}`, () => ok([]))
  api.post(`${base}/telemetry/query`, async (c) => ok(answerTo(cloud, await readJson(c, Asked))))
  api.post(`${base}/telemetry/live-tail/heartbeat`, () => ok({}))
  api.get(`${base}/queries/:query`, missing)
  api.get(`${base}/shared/query/:query`, missing)
  for (const [method, path] of writes) api.on(method, `${base}/${path}`, refuse)
}

const writes = [
  ['POST', 'destinations'],
  ['PATCH', 'destinations/:slug'],
  ['DELETE', 'destinations/:slug'],
  ['POST', 'metricsexport'],
  ['DELETE', 'metricsexport'],
  ['POST', 'queries'],
  ['PATCH', 'queries/:query'],
  ['DELETE', 'queries/:query'],
  ['POST', 'shared/query'],
  ['POST', 'telemetry/live-tail'],
] as const

function missing(): never {
  throw new ApiError(404, { code: 10_000, message: 'Not found' })
}

function refuse(): never {
  throw new ApiError(403, { code: 10_000, message: 'Workers Observability keeps nothing for this account.' })
}

function answerTo({ account, now }: Cloud, { timeframe, parameters, queryId, view, dry, granularity }: Asked): object {
  const at = new Date(now()).toISOString()
  const { id: accountId, user_id: userId } = account()
  const made = { created: at, createdBy: userId, updated: at, updatedBy: userId }
  const query = { id: queryId ?? 'adhoc', name: 'adhoc', description: null, adhoc: true, parameters, ...made }
  const statistics = { elapsed: 0, rows_read: 0, bytes_read: 0 }
  const run = { id: randomUUID(), accountId, query, timeframe, userId, granularity, dry, status: 'COMPLETED' }
  return { run: { ...run, created: at, updated: at, statistics }, statistics, ...emptyOf(view) }
}

/** What a view shows when nothing was found. */
function emptyOf(view: string | undefined): object {
  if (view === 'invocations') return { invocations: {} }
  if (view === 'calculations') return { calculations: [] }
  return { events: { count: 0, events: [], fields: [], series: [] } }
}
