/** One caller's hour, or minute. */
export type Quota = {
  readonly limit: number
  readonly used: number
  readonly remaining: number
  readonly reset: number
}

export type Resource = 'core' | 'graphql' | 'search'

/** Whose calls are counted, and of which kind. */
export type QuotaKey = { readonly who: string; readonly anonymous: boolean; readonly resource: Resource }

const minute = 60_000
const hour = 60 * minute

/** The primary rate limit: so many calls an hour for each user, fewer for who names none; searches by the minute. */
export class Limits {
  readonly #now: () => number
  readonly #spans = new Map<string, { used: number; ends: number }>()
  #authenticated = 5_000
  #anonymous = 60

  constructor(now: () => number) {
    this.#now = now
  }

  /** Changes the limits of an hour, for tests; what has been used so far is forgotten. */
  set(authenticated: number, anonymous: number): void {
    this.#authenticated = authenticated
    this.#anonymous = anonymous
    this.#spans.clear()
  }

  /** Where a caller stands. */
  quotaOf(key: QuotaKey): Quota {
    const limit = this.#limitOf(key)
    const { used, ends } = this.#spanOf(key)
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(ends / 1000) }
  }

  /** Counts one call. */
  use(key: QuotaKey): void {
    const current = this.#spanOf(key)
    this.#spans.set(nameOf(key), { ...current, used: current.used + 1 })
  }

  /** A call that turned out to cost nothing, as a 304 does. */
  giveBack(key: QuotaKey): void {
    const current = this.#spanOf(key)
    this.#spans.set(nameOf(key), { ...current, used: Math.max(0, current.used - 1) })
  }

  #limitOf({ anonymous, resource }: QuotaKey): number {
    if (resource === 'search') return anonymous ? 10 : 30
    return anonymous ? this.#anonymous : this.#authenticated
  }

  #spanOf(key: QuotaKey): { used: number; ends: number } {
    const known = this.#spans.get(nameOf(key))
    const length = key.resource === 'search' ? minute : hour
    return known && known.ends > this.#now() ? known : { used: 0, ends: this.#now() + length }
  }
}

function nameOf({ who, resource }: QuotaKey): string {
  return `${resource} ${who}`
}
