import { Problem } from '../../platform/problem.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'

/** How often a step is tried again: what was made must be taken away, so undoing is more patient. */
const most = { do: 5, undo: 12 } as const
/** A pause is never longer than this, in milliseconds, unless Cloudflare asks for more. */
const longest = 60_000

/**
 * Milliseconds to wait before a step that failed is tried again, or null when that would not help.
 * @param attempts how often it has failed before
 * @param base the first pause, in milliseconds; each is twice as long as the one before
 */
export function pauseAfter(error: unknown, way: 'do' | 'undo', attempts: number, base: number): number | null {
  if (error instanceof Problem || attempts >= most[way]) return null
  if (error instanceof CloudflareError && !error.isPassing) return null
  const pause = Math.min(longest, base * 2 ** attempts)
  const asked = error instanceof CloudflareError && error.retryAfter !== null ? error.retryAfter * 1000 : 0
  return Math.max(pause, asked)
}

/** A failure as it is kept and told. Of what nobody expected only that it happened: it may hold anything. */
export function failureOf(error: unknown): { readonly problem: Problem; readonly isKnown: boolean } {
  if (error instanceof Problem) return { problem: error, isKnown: true }
  if (error instanceof CloudflareError) return { problem: error.toProblem(), isKnown: true }
  return { problem: new Problem('internal', 'Something went wrong on our side.'), isKnown: false }
}
