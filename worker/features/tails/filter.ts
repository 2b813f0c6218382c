import { z } from '@hono/zod-openapi'
import { Level, rankOf } from './trace.ts'

/** An event as a log keeps it. `seq` counts the script's events from 1, `at` is when it arrived, in milliseconds. */
export const Kept = z.object({
  seq: z.int(),
  at: z.int(),
  rank: z.int(),
  outcome: z.string(),
  body: z.string(),
})
export type Kept = z.infer<typeof Kept>

const Outcome = z.string().min(1).max(50)

/** What of a script's events is wanted; every member that is there must agree. */
export const Filter = z
  .strictObject({
    level: Level.optional().openapi({
      description: 'This or worse. An exception, or another outcome than ok, is an error.',
    }),
    outcome: z.array(Outcome).min(1).max(20).optional(),
    text: z.string().min(1).max(200).optional().openapi({ description: 'Anywhere in the event, whatever its case.' }),
    sampling: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .openapi({ description: 'A share of the events, always the same ones.' }),
  })
  .openapi('LogFilter')
export type Filter = z.infer<typeof Filter>

/** What a query asks of events, in the words of the live log. */
export function filterIn({
  level,
  outcome,
  text,
  sampling,
}: {
  level?: Filter['level']
  outcome?: string | undefined
  text?: string | undefined
  sampling?: number | undefined
}): Filter {
  const outcomes = outcome?.split(',').filter((one) => one !== '') ?? []
  return {
    ...(level !== undefined && { level }),
    ...(outcomes.length > 0 && { outcome: outcomes }),
    ...(text !== undefined && { text }),
    ...(sampling !== undefined && { sampling }),
  }
}

export function isWanted({ level, outcome, text, sampling }: Filter, event: Kept): boolean {
  if (level !== undefined && event.rank < rankOf(level)) return false
  if (outcome !== undefined && !outcome.includes(event.outcome)) return false
  if (sampling !== undefined && shareOf(event.seq) >= sampling) return false
  return text === undefined || event.body.toLowerCase().includes(escaped(text))
}

/** A text as it stands in JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1).toLowerCase()
}

/** A number from 0 to 1 that looks like chance and is always the same for an event: whoever reconnects sees the same. */
function shareOf(seq: number): number {
  let mixed = Math.imul(seq ^ (seq >>> 16), 0x21f0_aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}
