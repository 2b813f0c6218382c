import { z } from '@hono/zod-openapi'
import type { ZodString } from 'zod'
import { iso } from './clock.ts'
import type { Moment } from './clock.ts'
import { redactText } from './redact.ts'

/**
 * Text that a client reports: what looks like a secret is hidden, half characters become U+FFFD. NUL is refused, since
 * SQLite would end the text there.
 */
export function reportedText(most: number): ZodString {
  return z
    .string()
    .max(most)
    .refine((text) => !text.includes('\0'), { error: 'The text holds a NUL character.' })
    .overwrite((text) => redactText(text.toWellFormed()))
}

/** A time that a client reports, in any zone, not before 1970. */
export const reportedTime = z.iso
  .datetime({ offset: true, error: 'This is no ISO 8601 time like 2026-11-21T10:00:00Z.' })
  .refine((text) => Date.parse(text) >= 0, { error: 'The time is before 1970.' })

/** The moment of a reported time. What has been reported has happened: a clock that is ahead is taken for ours. */
export function momentOf(reported: string, at: Moment): Moment {
  return Math.min(Date.parse(reported), at)
}

/** A reported time as it is shown. */
export function shownTime(reported: string, at: Moment): string {
  return iso(momentOf(reported, at))
}
