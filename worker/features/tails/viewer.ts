import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { Filter } from './filter.ts'
import { TraceFilter } from './trace-filter.ts'

/** Who follows, as the route has found out. */
export const Ticketed = z.object({
  /** The client's token; null for the owner's. */
  token: z.int().nullable(),
  /** When that token ends, or null. */
  until: z.int().nullable(),
})
export type Ticketed = z.infer<typeof Ticketed>

/** What is known of a socket when the log wakes. `live` says that it had got everything there was. */
export const Attachment = z.discriminatedUnion('mode', [
  z.object({
    mode: z.literal('logs'),
    client: Ticketed,
    state: z.enum(['idle', 'live', 'behind']),
    filters: Filter.nullable(),
    /** Characters up to what the client has acknowledged. */
    acked: z.int(),
    /** Only when it is behind: where it goes on. */
    cursor: z.int(),
    strikes: z.int(),
  }),
  z.object({
    mode: z.literal('trace'),
    client: Ticketed,
    /** The tail that it follows, and from where. */
    tail: z.string(),
    address: z.string(),
    filters: z.array(TraceFilter),
    sent: z.int(),
  }),
])
export type Attachment = z.infer<typeof Attachment>

/** A viewer of our own protocol. Characters are counted over all events, wanted or not: each is a place to acknowledge. */
export type LogViewer = {
  readonly client: Ticketed
  state: 'idle' | 'live' | 'behind'
  filters: Filter | null
  /** The filters as a text: viewers who want the same get the same frame. */
  wants: string
  /** The newest event that was sent, or looked at and not wanted. */
  cursor: number
  /** Characters up to the cursor, up to the newest event or place that the client was told, and up to what it has acknowledged. */
  sent: number
  told: number
  acked: number
  /** The newest event when nothing more could be sent, or null. */
  stalledAt: number | null
  strikes: number
}

/** Characters that may be on their way to a client; past them it must acknowledge before it gets more. */
const window = 1_000_000
/** Past so many that are not wanted, a client is told how far it is, so that it can acknowledge. */
const farOff = 100_000
/** So many events may pass by a client that acknowledges nothing. */
const patience = 1000

export function isOpen({ sent, acked }: LogViewer): boolean {
  return sent - acked < window
}

/** Whether a frame without events is due. */
export function isFarOff({ sent, told }: LogViewer): boolean {
  return sent - told > farOff
}

/** Whether a client that could be sent no more has let too much pass by. */
export function isTooSlow({ stalledAt }: LogViewer, head: number): boolean {
  return stalledAt !== null && head - stalledAt > patience
}

export function isOver({ until }: Ticketed, at: Moment): boolean {
  return until !== null && until <= at
}

/** A viewer as it was when the log slept, or as it begins. */
export function viewerFrom(
  known: Attachment & { mode: 'logs' },
  head: number,
  totalAt: (seq: number) => number,
): LogViewer {
  const { client, state, filters, acked, strikes } = known
  const cursor = state === 'behind' ? known.cursor : head
  const sent = totalAt(cursor)
  const stalledAt = state === 'behind' ? head : null
  return { client, state, filters, wants: wantsOf(filters), cursor, sent, told: acked, acked, stalledAt, strikes }
}

/** No two filters that differ have the same text. */
export function wantsOf(filters: Filter | null): string {
  return filters ? JSON.stringify(filters) : ''
}

export function attachmentOf({ client, state, filters, acked, cursor, strikes }: LogViewer): Attachment {
  return { mode: 'logs', client, state, filters, acked, cursor, strikes }
}
