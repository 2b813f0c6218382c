/** The time, which never goes back: the wall clock is read once, and what passes since then is measured. */
export class Clock {
  readonly #start = Date.now() - performance.now()

  /** Milliseconds UTC, whole. */
  now(): number {
    return Math.round(this.#start + performance.now())
  }
}

let last = { ms: 0, text: new Date(0).toISOString() }

/** ISO 8601. Many lines come in the same millisecond. */
export function iso(ms: number): string {
  if (last.ms !== ms) last = { ms, text: new Date(ms).toISOString() }
  return last.text
}
