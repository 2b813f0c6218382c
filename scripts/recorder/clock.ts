/** The time, which never goes back: the wall clock is read once, and what passes since then is measured. */
export class Clock {
  readonly #start = Date.now() - performance.now()

  /** Milliseconds UTC, whole. */
  now(): number {
    return Math.round(this.#start + performance.now())
  }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}
