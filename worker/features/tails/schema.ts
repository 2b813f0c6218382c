import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { isPeriod, moment } from '../../platform/period.ts'
import { Level } from './trace.ts'

/** Cloudflare's names of scripts; with a dispatch namespace before it. */
export const ScriptName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,255}(?:\/[A-Za-z0-9_-]{1,255})?$/, { error: 'This is no name of a script.' })
  .openapi({ example: 'shop', description: "A script's name; in a dispatch namespace `<namespace>%2F<name>`." })

const filters = {
  level: Level.optional().openapi({ description: 'This or worse.' }),
  outcome: z
    .string()
    .max(300)
    .optional()
    .openapi({ description: 'One or several, with commas: `exception,exceededCpu`.' }),
}

export const LogEvent = z
  .object({
    seq: z.int().openapi({ description: "Counts the script's events from 1." }),
    at: z.iso.datetime().openapi({ description: 'When it arrived.' }),
    level: z.enum(['debug', 'log', 'warn', 'error']),
    outcome: z.string(),
    trace: z.record(z.string(), z.unknown()).openapi({ description: "Cloudflare's trace item, its secrets hidden." }),
  })
  .openapi('LogEvent')
export type LogEvent = z.infer<typeof LogEvent>

export const LogQuery = z
  .strictObject({
    ...paging,
    ...filters,
    since: moment.optional().openapi({ description: 'Arrived at this time or later.' }),
    until: moment.optional().openapi({ description: 'Arrived before this time.' }),
    q: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'A text anywhere in the event, whatever its case.' }),
  })
  .refine(({ since, until }) => isPeriod({ from: since, to: until }), {
    path: ['until'],
    error: 'The time `until` must be after `since`.',
  })

/** What a live log takes in its address: a ticket; all else only for Server-Sent Events. */
export const StreamQuery = z.strictObject({
  ...filters,
  ticket: z.string().max(100).optional().openapi({ description: 'From `POST /ws/tickets`.' }),
  since: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .openapi({ description: 'The newest event that you have; `Last-Event-ID` goes before it.' }),
  text: z.string().min(1).max(200).optional(),
  sampling: z.coerce.number().gt(0).max(1).optional(),
})
export type StreamQuery = z.infer<typeof StreamQuery>

export const NewTicket = z
  .strictObject({ account_id: z.string().max(100).optional(), script_name: ScriptName })
  .openapi('NewLogTicket')

export const Ticket = z
  .object({
    ticket: z.string().openapi({ description: 'For `?ticket=`, once.' }),
    path: z.string().openapi({ example: '/ws/logs/0123456789abcdef0123456789abcdef/shop' }),
    expires_at: z.iso.datetime(),
  })
  .openapi('LogTicket')

export const LogSettings = z
  .strictObject({
    retention_days: z.int().min(1).max(3650).openapi({ description: 'How long logs are kept.', example: 30 }),
  })
  .openapi('LogSettings')
