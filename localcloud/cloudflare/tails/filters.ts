import { z } from 'zod'

/** What a viewer wants to see; every filter must agree. */
export const Filter = z.looseObject({
  sampling_rate: z.number().min(0).max(1).optional(),
  outcome: z.array(z.string()).optional(),
  method: z.array(z.string()).optional(),
  header: z.object({ key: z.string(), query: z.string().optional() }).optional(),
  client_ip: z.array(z.string()).optional(),
  query: z.string().optional(),
  scriptVersion: z.string().optional(),
})
export type Filter = z.infer<typeof Filter>

const Seen = z.looseObject({
  outcome: z.string().catch('unknown'),
  logs: z.array(z.looseObject({ message: z.unknown() })).catch([]),
  scriptVersion: z.looseObject({ id: z.string() }).optional().catch(undefined),
  event: z
    .looseObject({
      request: z.looseObject({ method: z.string(), headers: z.record(z.string(), z.string()) }).optional(),
    })
    .nullish()
    .catch(null),
})
type Seen = z.infer<typeof Seen>

/** A trace before its viewer. */
type Case = { readonly seen: Seen; readonly chance: number; readonly viewer: string }
type Question = (filter: Filter, given: Case) => boolean

/** What a filter may ask; a question that it does not ask is answered with yes. */
const questions: readonly Question[] = [
  ({ sampling_rate: rate }, { chance }) => rate === undefined || chance < rate,
  ({ outcome }, { seen }) => outcome === undefined || outcome.includes(seen.outcome),
  ({ method }, { seen }) => method === undefined || method.includes(seen.event?.request?.method ?? ''),
  ({ header }, { seen }) => header === undefined || hasHeader(seen.event?.request?.headers ?? {}, header),
  ({ client_ip: addresses }, { seen, viewer }) => {
    const address = seen.event?.request?.headers['cf-connecting-ip'] ?? viewer
    return addresses === undefined || addresses.some((one) => (one === 'self' ? viewer : one) === address)
  },
  ({ query }, { seen }) =>
    query === undefined || JSON.stringify(seen.logs.map(({ message }) => message)).includes(query),
  ({ scriptVersion }, { seen }) => scriptVersion === undefined || seen.scriptVersion?.id === scriptVersion,
]

/** Whether a trace is one that a viewer wants. `chance` is between 0 and 1, the viewer an address. */
export function isWanted(trace: object, filters: readonly Filter[], chance: number, viewer: string): boolean {
  const given = { seen: Seen.parse(trace), chance, viewer }
  return filters.every((filter) => questions.every((question) => question(filter, given)))
}

function hasHeader(headers: Record<string, string>, { key, query }: NonNullable<Filter['header']>): boolean {
  const value = headers[key.toLowerCase()]
  return value !== undefined && (query === undefined || value.includes(query))
}
