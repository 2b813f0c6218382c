import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseJson, readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import type { Store } from '../store.ts'
import { bucketCalled } from './queries.ts'

const Action = z.enum(['PutObject', 'CopyObject', 'DeleteObject', 'CompleteMultipartUpload', 'LifecycleDeletion'])
const NewRule = z.object({
  actions: z.array(Action).min(1),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
  description: z.string().optional(),
})
const Body = z.object({ rules: z.array(NewRule).min(1).max(100) })
const Unwanted = z.object({ ruleIds: z.array(z.string()).optional() })
const Rule = NewRule.extend({ ruleId: z.string(), createdAt: z.string() })
const Row = z.object({
  queue_id: z.string(),
  name: z.string(),
  rules: z.string().transform((text) => z.array(Rule).parse(JSON.parse(text))),
})
type Row = z.infer<typeof Row>
const Queue = z.object({ id: z.string(), name: z.string() })

const base = '/accounts/:account/event_notifications/r2/:bucket/configuration'

/** Which queue wants to hear of which changes of a bucket: kept and given back. */
export function notificationRoutes(api: Api, { store, now }: Cloud): void {
  api.get(base, (c) => {
    const bucketName = proven(store, c.req.param('bucket'))
    const rows = rowsOf(store, bucketName)
    if (rows.length === 0) throw refusal(404, 11_015, 'No event notification config found for that bucket')
    return ok({ bucketName, queues: rows.map(shown) })
  })
  const one = `${base}/queues/:queue`
  api.get(one, (c) =>
    ok(shown(found(store, proven(store, c.req.param('bucket')), queueOf(store, c.req.param('queue'))))),
  )
  api.put(one, async (c) => {
    const bucket = proven(store, c.req.param('bucket'))
    const { id } = queueOf(store, c.req.param('queue'))
    const { rules } = await readJson(c, Body, (detail) =>
      refusal(400, 11_019, `Invalid event notification rule: ${detail}`),
    )
    const known = rowsOf(store, bucket)
    const made = rules.map((rule) => ({ ...rule, ruleId: randomUUID(), createdAt: new Date(now()).toISOString() }))
    if (known.some((row) => row.rules.some((rule) => rules.some((other) => overlaps(rule, other))))) {
      throw refusal(409, 11_020, 'Conflicting event notification rule: rules may not overlap')
    }
    keep(store, bucket, id, [...(known.find((row) => row.queue_id === id)?.rules ?? []), ...made])
    return ok({})
  })
  api.delete(one, async (c) => {
    const bucket = proven(store, c.req.param('bucket'))
    const { queue_id: id, rules } = found(store, bucket, queueOf(store, c.req.param('queue')))
    const text = await c.req.text()
    const { ruleIds = rules.map(({ ruleId }) => ruleId) } = text === '' ? {} : parseJson(text, Unwanted)
    keep(
      store,
      bucket,
      id,
      rules.filter(({ ruleId }) => !ruleIds.includes(ruleId)),
    )
    return ok({})
  })
}

function refusal(status: number, code: number, message: string): ApiError {
  return new ApiError(status, { code, message })
}

function proven(store: Store, bucket: string): string {
  if (!bucketCalled(store, bucket)) throw refusal(404, 10_006, 'The specified bucket does not exist.')
  return bucket
}

function queueOf(store: Store, id: string): z.infer<typeof Queue> {
  const queue = store.get(Queue, 'select id, name from queues where id = ?', id)
  if (!queue) throw refusal(404, 11_000, 'Queue does not exist')
  return queue
}

function rowsOf(store: Store, bucket: string): Row[] {
  const sql = `select queue_id, coalesce(q.name, '') as name, rules from r2_notifications as n
    left join queues as q on q.id = n.queue_id where bucket = ? order by queue_id`
  return store.all(Row, sql, bucket)
}

function found(store: Store, bucket: string, { id }: z.infer<typeof Queue>): Row {
  const row = rowsOf(store, bucket).find(({ queue_id: queue }) => queue === id)
  if (!row) throw refusal(404, 11_011, 'No event notification config found for that bucket and queue')
  return row
}

function keep(store: Store, bucket: string, queue: string, rules: Row['rules']): void {
  if (rules.length === 0) {
    store.run('delete from r2_notifications where bucket = ? and queue_id = ?', bucket, queue)
    return
  }
  const sql = `insert into r2_notifications (bucket, queue_id, rules) values (?, ?, ?)
    on conflict (bucket, queue_id) do update set rules = excluded.rules`
  store.run(sql, bucket, queue, JSON.stringify(rules))
}

/** Two rules may not concern the same change of the same object. */
function overlaps(a: z.infer<typeof NewRule>, b: z.infer<typeof NewRule>): boolean {
  const [prefixA = '', prefixB = ''] = [a.prefix, b.prefix]
  const [suffixA = '', suffixB = ''] = [a.suffix, b.suffix]
  const meet = prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA)
  const end = suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA)
  return meet && end && a.actions.some((action) => b.actions.includes(action))
}

function shown({ queue_id: queueId, name: queueName, rules }: Row): object {
  return { queueId, queueName, rules }
}
