import type { Moment } from '../../platform/clock.ts'
import { isWanted } from './filter.ts'
import type { Filter, Kept } from './filter.ts'

/** Characters that one request returns. */
const charactersAtOnce = 4_000_000

/** What is asked of a log: events before a number, that arrived between two moments. */
export type Wanted = {
  readonly before: number
  readonly since: Moment
  readonly until: Moment
  readonly filter: Filter
  readonly limit: number
}

/** Events newest first, and the number before which to go on; null when there are no more. */
export type Found = { readonly events: readonly Kept[]; readonly next: number | null }

/** A page that is being filled. */
export class ReadPage {
  readonly wanted: Wanted
  readonly events: Kept[] = []
  #size = 0

  constructor(wanted: Wanted) {
    this.wanted = wanted
  }

  /** Takes an event if it is wanted. @returns whether it is one too many */
  take(event: Kept): boolean {
    const { since, until, filter, before } = this.wanted
    if (event.seq >= before || event.at < since || event.at >= until || !isWanted(filter, event)) return false
    this.events.push(event)
    this.#size += event.body.length
    return this.events.length > this.wanted.limit || (this.#size > charactersAtOnce && this.events.length > 1)
  }

  /** The page without the event that was one too many. */
  cut(): Found {
    const events = this.events.slice(0, -1)
    return { events, next: events.at(-1)?.seq ?? null }
  }
}
