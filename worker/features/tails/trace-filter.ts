import { z } from '@hono/zod-openapi'

/** What a viewer of `trace-v1` wants, as wrangler sends it; every filter must agree. */
export const TraceFilter = z.object({
  sampling_rate: z.number().min(0).max(1).optional(),
  outcome: z.array(z.string().max(100)).max(20).optional(),
  method: z.array(z.string().max(100)).max(20).optional(),
  header: z.object({ key: z.string().max(500), query: z.string().max(500).nullish() }).optional(),
  client_ip: z.array(z.string().max(100)).max(20).optional(),
  query: z.string().max(500).optional(),
  scriptVersion: z.string().max(100).optional(),
})
export type TraceFilter = z.infer<typeof TraceFilter>

const Seen = z.object({
  outcome: z.string().catch('unknown'),
  logs: z.array(z.object({ message: z.unknown() })).catch([]),
  scriptVersion: z.object({ id: z.string() }).nullish().catch(null),
  event: z
    .object({ request: z.object({ method: z.string(), headers: z.record(z.string(), z.string()) }).nullish() })
    .nullish()
    .catch(null),
})
type Seen = z.infer<typeof Seen>
type Question = (filter: TraceFilter, seen: Seen, viewer: string) => boolean

/** A question that a filter does not ask is answered with yes. */
const questions: readonly Question[] = [
  ({ sampling_rate: rate }) => rate === undefined || Math.random() < rate,
  ({ outcome }, seen) => outcome === undefined || outcome.includes(seen.outcome),
  ({ method }, { event }) => method === undefined || method.includes(event?.request?.method ?? ''),
  ({ header }, { event }) => header === undefined || hasHeader(event?.request?.headers ?? {}, header),
  ({ client_ip: addresses }, { event }, viewer) => {
    const address = event?.request?.headers['cf-connecting-ip']
    return addresses === undefined || addresses.some((one) => (one === 'self' ? viewer : one) === address)
  },
  ({ query }, { logs }) => query === undefined || JSON.stringify(logs.map(({ message }) => message)).includes(query),
  ({ scriptVersion }, seen) => scriptVersion === undefined || seen.scriptVersion?.id === scriptVersion,
]

/** Whether a viewer at an address wants a trace. */
export function isTraceWanted(body: string, filters: readonly TraceFilter[], viewer: string): boolean {
  if (filters.length === 0) return true
  const seen = Seen.parse(JSON.parse(body))
  return filters.every((filter) => questions.every((question) => question(filter, seen, viewer)))
}

function hasHeader(
  headers: Readonly<Record<string, string>>,
  { key, query }: NonNullable<TraceFilter['header']>,
): boolean {
  const value = headers[key.toLowerCase()]
  return value !== undefined && (query === undefined || query === null || value.includes(query))
}
