/** Milliseconds since 1970 UTC, as stored. */
export type Moment = number

/** The only place that reads the clock; rules and queries take the moment as an argument. */
export function now(): Moment {
  return Date.now()
}

/** ISO 8601 UTC, as shown. */
export function iso(moment: Moment): string {
  return new Date(moment).toISOString()
}

/** The UTC day of a moment: `2026-11-21`. */
export function day(moment: Moment): string {
  return iso(moment).slice(0, 10)
}
