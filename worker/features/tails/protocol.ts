import { z } from '@hono/zod-openapi'
import { iso } from '../../platform/clock.ts'
import { Filter } from './filter.ts'
import type { Kept } from './filter.ts'

/** A client that can set no header puts its token behind this, as one more subprotocol. */
export const tokenProtocol = 'throughline.token.'

/** Answered by the runtime, which does not wake the log for it. */
export const ping = '{"type":"ping"}'
export const pong = '{"type":"pong"}'

/** Characters that a client's message may have. */
export const longestMessage = 4096

const seq = z.int().min(0)

/** What a client may say. */
export const ClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start-stream'), since: seq.optional(), filters: Filter.optional() }),
  z.strictObject({ type: z.literal('stop-stream') }),
  z.strictObject({ type: z.literal('ack'), seq }),
  z.strictObject({ type: z.literal('ping') }),
])

/** Why a socket is closed, as its client is told. */
export const closings = {
  misuse: [4400, 'Too many messages that mean nothing here.'],
  expired: [4401, 'The token has ended.'],
  slow: [4408, 'Too slow: acknowledge what has come, and go on with `since`.'],
  /** A client of Cloudflare's protocol opens its tail anew by itself. */
  renew: [1012, 'Open the tail anew.'],
} as const

/** Events of a frame; `position` is the newest event that was looked at for it, wanted or not. */
export function eventsFrame(position: number, events: readonly Kept[]): string {
  return `{"type":"events","seq":${position},"events":[${events.map(shown).join(',')}]}`
}

/** An event as clients see it. Its trace is put in as it is kept: it is JSON already. */
export function shown({ seq: number, at, body }: Kept): string {
  return `{"seq":${number},"at":"${iso(at)}","trace":${body}}`
}

/** Events after `after` and before `next` are gone, or never were: `after` is none of this log's. */
export function gapFrame(after: number, next: number): string {
  return JSON.stringify({ type: 'gap', after, next })
}

export function errorFrame(detail: string): string {
  return JSON.stringify({ type: 'error', detail })
}

/** How many events come to who does not say since when. */
const replayed = 1000

/** Where a stream begins: after `cursor`, and what to tell of events that are missing before that. */
export type Start = { readonly cursor: number; readonly gap: { readonly after: number; readonly next: number } | null }

/**
 * @param since the newest event that the client has, or null
 * @param oldest the number of the oldest event that is kept, or of the next when none is
 * @param head the number of the newest event
 */
export function startOf(since: number | null, oldest: number, head: number): Start {
  const recent = Math.max(oldest, head - replayed + 1)
  if (since === null) return { cursor: recent - 1, gap: null }
  if (since > head) return { cursor: recent - 1, gap: { after: since, next: recent } }
  return since < oldest - 1 ? { cursor: oldest - 1, gap: { after: since, next: oldest } } : { cursor: since, gap: null }
}
