/** One caller's hour. */
export type Quota = {
  readonly limit: number
  readonly used: number
  readonly remaining: number
  readonly reset: number
}

const hour = 3_600_000

/** The primary rate limit: so many calls an hour for each token, fewer for each address without one. */
export class Limits {
  readonly #now: () => number
  readonly #hours = new Map<string, { used: number; ends: number }>()
  #authenticated = 5_000
  #anonymous = 60

  constructor(now: () => number) {
    this.#now = now
  }

  /** Changes the limits, for tests; what has been used so far is forgotten. */
  set(authenticated: number, anonymous: number): void {
    this.#authenticated = authenticated
    this.#anonymous = anonymous
    this.#hours.clear()
  }

  /** Where a caller stands. @param who the token's number, or an address. */
  quotaOf(who: string, anonymous: boolean): Quota {
    const limit = anonymous ? this.#anonymous : this.#authenticated
    const { used, ends } = this.#hourOf(who)
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(ends / 1000) }
  }

  /** Counts one call. */
  use(who: string): void {
    const current = this.#hourOf(who)
    this.#hours.set(who, { ...current, used: current.used + 1 })
  }

  /** A call that turned out to cost nothing, as a 304 does. */
  giveBack(who: string): void {
    const current = this.#hourOf(who)
    this.#hours.set(who, { ...current, used: Math.max(0, current.used - 1) })
  }

  #hourOf(who: string): { used: number; ends: number } {
    const known = this.#hours.get(who)
    return known && known.ends > this.#now() ? known : { used: 0, ends: this.#now() + hour }
  }
}
