import { now } from '../../platform/clock.ts'
import type { EventStore } from './event-store.ts'
import { isWanted } from './filter.ts'
import type { Filter, Kept } from './filter.ts'
import { closings, shown, startOf } from './protocol.ts'
import { isOver } from './viewer.ts'
import type { Ticketed } from './viewer.ts'

/** What is written at once: events, and characters unless one has more. */
const pieceEvents = 200
const pieceCharacters = 250_000
/** A client that takes nothing for so long is given up; a silent stream says that it is there. Milliseconds. */
const longestWrite = 60_000
const silence = 15_000

/** What a client of Server-Sent Events asks for. */
export type Wanted = { readonly since: number | null; readonly filters: Filter | null; readonly client: Ticketed }

/** The followers of one log by Server-Sent Events. Each reads at its own pace: what is written next waits for it. */
export class EventStreams {
  readonly #store: EventStore
  readonly #sleepers = new Set<() => void>()
  #isGone: (client: Ticketed) => boolean = () => false
  readonly #clients = new Set<Ticketed>()

  constructor(store: EventStore) {
    this.#store = store
  }

  get clients(): readonly Ticketed[] {
    return [...this.#clients]
  }

  /** Says that something has happened. */
  wake(): void {
    for (const sleeper of this.#sleepers) sleeper()
    this.#sleepers.clear()
  }

  /** Ends the streams of clients that may no longer look. */
  expel(isGone: (client: Ticketed) => boolean): void {
    this.#isGone = isGone
    this.wake()
  }

  /** @returns the answer; it is written until its reader goes */
  open(wanted: Wanted): Response {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    void this.#write(writable.getWriter(), wanted)
    return new Response(readable, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
  }

  async #write(writer: WritableStreamDefaultWriter<Uint8Array>, wanted: Wanted): Promise<void> {
    const encoder = new TextEncoder()
    this.#clients.add(wanted.client)
    try {
      for await (const text of this.#texts(wanted)) await within(longestWrite, writer.write(encoder.encode(text)))
      await within(longestWrite, writer.close())
    } catch {
      // Its reader has gone, or does not read: there is nobody to tell.
      await writer.abort().catch(() => undefined)
    } finally {
      this.#clients.delete(wanted.client)
    }
  }

  async *#texts({ since, filters, client }: Wanted): AsyncGenerator<string> {
    let { cursor, gap } = startOf(since, this.#store.oldest(), this.#store.head)
    yield 'retry: 2000\n\n'
    for (;;) {
      if (isOver(client, now()) || this.#isGone(client)) return yield endEvent(closings.expired[1])
      if (gap) yield gapEvent(gap.after, gap.next)
      const events = this.#store.after(cursor, pieceEvents, pieceCharacters)
      cursor = events.at(-1)?.seq ?? cursor
      const wantedOnes = filters ? events.filter((event) => isWanted(filters, event)) : events
      if (events.length > 0) yield `${wantedOnes.map(logEvent).join('')}id: ${cursor}\n\n`
      else if (!(await this.#news())) yield ': still here\n\n'
      // Who reads slowly may find that what comes next is kept no more.
      ;({ cursor, gap } = startOf(cursor, this.#store.oldest(), this.#store.head))
    }
  }

  /** Waits for news. @returns false when there was none for long */
  async #news(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const sleeper = () => resolve(true)
    this.#sleepers.add(sleeper)
    const timer = setTimeout(() => resolve(false), silence)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#sleepers.delete(sleeper)
    })
  }
}

function logEvent(event: Kept): string {
  return `id: ${event.seq}\ndata: ${shown(event)}\n\n`
}

function gapEvent(after: number, next: number): string {
  return `event: gap\ndata: ${JSON.stringify({ after, next })}\n\n`
}

function endEvent(reason: string): string {
  return `event: end\ndata: ${JSON.stringify({ reason })}\n\n`
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The reader does not read.')), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
