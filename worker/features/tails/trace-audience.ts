import { now } from '../../platform/clock.ts'
import type { Kept } from './filter.ts'
import { closings } from './protocol.ts'
import { isTraceWanted } from './trace-filter.ts'
import { isOver } from './viewer.ts'
import type { Attachment } from './viewer.ts'

type TraceViewer = Attachment & { mode: 'trace' }

/**
 * Characters that one socket is sent before its client must open its tail anew. Cloudflare's protocol acknowledges
 * nothing, so this is all that bounds what waits for a client that has stopped reading.
 */
const longest = 32_000_000
/** How much of that may be forgotten in a sleep. */
const step = 1_000_000

/** The sockets of Cloudflare's own protocol, `trace-v1`, that follow one log: one trace a message, from now on. */
export class TraceAudience {
  readonly #viewers = new Map<WebSocket, { known: TraceViewer; sent: number; noted: number }>()

  get clients(): readonly TraceViewer['client'][] {
    return [...this.#viewers.values()].map(({ known }) => known.client)
  }

  admit(socket: WebSocket, known: TraceViewer): void {
    this.#viewers.set(socket, { known, sent: known.sent, noted: known.sent })
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
    for (const [socket, viewer] of this.#viewers) {
      if (isOver(viewer.known.client, at)) this.#close(socket, closings.expired)
      else if (viewer.sent > longest) this.#close(socket, closings.renew)
      else this.#send(socket, viewer, fresh)
    }
  }

  #send(socket: WebSocket, viewer: { known: TraceViewer; sent: number; noted: number }, fresh: readonly Kept[]): void {
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
