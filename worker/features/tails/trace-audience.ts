import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import type { EventStore } from './event-store.ts'
import type { Kept } from './filter.ts'
import { closings } from './protocol.ts'
import { isTraceWanted } from './trace-filter.ts'
import { isOver } from './viewer.ts'
import type { Attachment } from './viewer.ts'

type TraceViewer = Attachment & { mode: 'trace' }
type Following = { readonly known: TraceViewer; sent: number; noted: number }

/**
 * Characters that one socket is sent before its client must open its tail anew. Cloudflare's protocol acknowledges
 * nothing, so this is all that bounds what waits for a client that has stopped reading.
 */
const longest = 32_000_000
/** How much of that may be forgotten in a sleep. */
const step = 1_000_000
/** Whoever was told to open the tail anew and does within so many milliseconds gets what happened meanwhile. */
const renewal = 30_000
/** So many events, and so many characters, at most. */
const missedEvents = 1000
const missedCharacters = 8_000_000

/** Where somebody was when told to open the tail anew. */
type Renewing = { readonly who: string; readonly seq: number; readonly until: Moment }

/** The sockets of Cloudflare's own protocol, `trace-v1`, that follow one log: one trace a message, from now on. */
export class TraceAudience {
  readonly #store: EventStore
  readonly #viewers = new Map<WebSocket, Following>()
  #renewing: Renewing[] = []

  constructor(store: EventStore) {
    this.#store = store
  }

  get clients(): readonly TraceViewer['client'][] {
    return [...this.#viewers.values()].map(({ known }) => known.client)
  }

  admit(socket: WebSocket, known: TraceViewer): void {
    this.#viewers.set(socket, { known, sent: known.sent, noted: known.sent })
  }

  /** Sends a new viewer what it has missed, when it was told to come again. @param sent the newest event that others have */
  resume(socket: WebSocket, sent: number): void {
    const viewer = this.#viewers.get(socket)
    const at = now()
    const found = this.#renewing.find(({ who, until }) => who === whoIs(viewer?.known) && until > at)
    this.#renewing = this.#renewing.filter((one) => one !== found && one.until > at)
    if (!viewer || !found) return
    const missed = this.#store.after(found.seq, missedEvents, missedCharacters)
    this.#send(
      socket,
      viewer,
      missed.filter(({ seq }) => seq <= sent),
    )
  }

  leave(socket: WebSocket): void {
    this.#viewers.delete(socket)
  }

  expel(isGone: (client: TraceViewer['client']) => boolean): void {
    for (const [socket, { known }] of this.#viewers) if (isGone(known.client)) this.#close(socket, closings.expired)
  }

  /** Ends the sockets of a tail that its client has deleted. */
  end(tail: string): void {
    for (const [socket, { known }] of this.#viewers) if (known.tail === tail) this.#close(socket, [1000, ''])
  }

  tell(fresh: readonly Kept[]): void {
    const at = now()
    const before = (fresh[0]?.seq ?? 1) - 1
    for (const [socket, viewer] of this.#viewers) {
      if (isOver(viewer.known.client, at)) this.#close(socket, closings.expired)
      else if (viewer.sent <= longest) this.#send(socket, viewer, fresh)
      else {
        this.#renewing.push({ who: whoIs(viewer.known), seq: before, until: at + renewal })
        this.#close(socket, closings.renew)
      }
    }
  }

  #send(socket: WebSocket, viewer: Following, fresh: readonly Kept[]): void {
    const { filters, address } = viewer.known
    try {
      for (const { body } of fresh) {
        if (!isTraceWanted(body, filters, address)) continue
        socket.send(body)
        viewer.sent += body.length
      }
    } catch {
      // It has gone, and nobody has told us yet.
      this.#viewers.delete(socket)
      return
    }
    if (viewer.sent - viewer.noted < step) return
    viewer.noted = viewer.sent
    socket.serializeAttachment({ ...viewer.known, sent: viewer.sent })
  }

  #close(socket: WebSocket, [code, reason]: readonly [number, string]): void {
    this.#viewers.delete(socket)
    socket.close(code, reason)
  }
}

function whoIs(known: TraceViewer | undefined): string {
  return JSON.stringify([known?.client.token, known?.address, known?.filters])
}
