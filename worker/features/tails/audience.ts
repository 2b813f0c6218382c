import { now } from '../../platform/clock.ts'
import type { EventStore } from './event-store.ts'
import { isWanted } from './filter.ts'
import type { Filter, Kept } from './filter.ts'
import {
  ClientMessage,
  closings,
  errorFrame,
  eventsFrame,
  gapFrame,
  longestMessage,
  pong,
  startOf,
} from './protocol.ts'
import { attachmentOf, isFarOff, isOpen, isOver, isTooSlow, viewerFrom, wantsOf } from './viewer.ts'
import type { Attachment, LogViewer } from './viewer.ts'

/** What is read at once for a client that is behind: events, and characters unless one has more. */
const pieceEvents = 500
const pieceCharacters = 250_000
/** So many messages of a client may be wrong. */
const patience = 10

type Message = ClientMessage & { type: string }
type ClientMessage = ReturnType<typeof ClientMessage.parse>

/** The sockets of our own protocol that follow one log. */
export class Audience {
  readonly #store: EventStore
  readonly #viewers = new Map<WebSocket, LogViewer>()

  constructor(store: EventStore) {
    this.#store = store
  }

  get clients(): readonly LogViewer['client'][] {
    return [...this.#viewers.values()].map(({ client }) => client)
  }

  /** Lets a socket in, or finds it again after a sleep. */
  admit(socket: WebSocket, known: Attachment & { mode: 'logs' }): void {
    this.#viewers.set(
      socket,
      viewerFrom(known, this.#store.head, (seq) => this.#store.totalAt(seq)),
    )
  }

  leave(socket: WebSocket): void {
    this.#viewers.delete(socket)
  }

  /** Closes the sockets of clients that may no longer look. */
  expel(isGone: (client: LogViewer['client']) => boolean): void {
    for (const [socket, { client }] of this.#viewers) if (isGone(client)) this.#close(socket, closings.expired)
  }

  /** Sends new events, which come right after those before, to everybody who has got all before them. */
  tell(fresh: readonly Kept[]): void {
    const [first] = fresh
    const last = fresh.at(-1)
    if (!first || !last) return
    const at = now()
    const news = { from: first.seq - 1, to: last.seq, total: this.#store.totalAt(last.seq), frames: new Map() }
    const frameFor = ({ filters, wants }: LogViewer) => framed(news, fresh, filters, wants)
    for (const [socket, viewer] of this.#viewers) {
      if (viewer.state === 'idle' || viewer.cursor >= news.to) continue
      if (isOver(viewer.client, at)) this.#close(socket, closings.expired)
      else if (viewer.cursor === news.from && isOpen(viewer)) this.#send(socket, viewer, news, frameFor(viewer))
      else this.#catchUp(socket, viewer)
    }
  }

  /** Does what a client says. */
  hear(socket: WebSocket, text: string | ArrayBuffer): void {
    const viewer = this.#viewers.get(socket)
    if (!viewer) return
    if (isOver(viewer.client, now())) return this.#close(socket, closings.expired)
    const message = messageIn(text)
    if (typeof message === 'string') return this.#refuse(socket, viewer, message)
    if (message.type === 'start-stream') this.#start(socket, viewer, message)
    if (message.type === 'stop-stream') this.#stop(socket, viewer)
    if (message.type === 'ack') this.#acknowledge(socket, viewer, message.seq)
    if (message.type === 'ping') socket.send(pong)
  }

  #start(socket: WebSocket, viewer: LogViewer, { since, filters }: Message & { type: 'start-stream' }): void {
    if (viewer.state !== 'idle') return this.#refuse(socket, viewer, 'The stream runs already: send stop-stream first.')
    const { cursor, gap } = startOf(since ?? null, this.#store.oldest(), this.#store.head)
    const begun = this.#store.totalAt(cursor)
    const wants = wantsOf(filters ?? null)
    Object.assign(viewer, {
      state: 'behind',
      filters: filters ?? null,
      wants,
      cursor,
      sent: begun,
      told: begun,
      acked: begun,
    })
    socket.send(JSON.stringify({ type: 'started', after: cursor, seq: this.#store.head }))
    if (gap) socket.send(gapFrame(gap.after, gap.next))
    this.#catchUp(socket, viewer)
  }

  #stop(socket: WebSocket, viewer: LogViewer): void {
    if (viewer.state === 'idle') return this.#refuse(socket, viewer, 'No stream runs: send start-stream first.')
    viewer.state = 'idle'
    viewer.stalledAt = null
    socket.serializeAttachment(attachmentOf(viewer))
    socket.send(JSON.stringify({ type: 'stopped', seq: viewer.cursor }))
  }

  #acknowledge(socket: WebSocket, viewer: LogViewer, seq: number): void {
    if (viewer.state === 'idle') return
    viewer.acked = Math.max(viewer.acked, this.#store.totalAt(Math.min(seq, viewer.cursor)))
    if (isOpen(viewer)) viewer.stalledAt = null
    this.#catchUp(socket, viewer)
  }

  /** Sends a client that is behind what it may get, and drops one that has let too much pass by. */
  #catchUp(socket: WebSocket, viewer: LogViewer): void {
    while (isOpen(viewer) && viewer.cursor < this.#store.head) {
      const events = this.#store.after(viewer.cursor, pieceEvents, pieceCharacters)
      const to = events.at(-1)?.seq ?? this.#store.head
      this.#send(socket, viewer, { to, total: this.#store.totalAt(to) }, frameOf(to, events, viewer.filters))
    }
    const isLive = viewer.cursor >= this.#store.head
    viewer.state = isLive ? 'live' : 'behind'
    viewer.stalledAt = isLive ? null : (viewer.stalledAt ?? this.#store.head)
    if (isTooSlow(viewer, this.#store.head)) return this.#close(socket, closings.slow)
    socket.serializeAttachment(attachmentOf(viewer))
  }

  /** @param text the frame, or null when nothing of it is wanted */
  #send(socket: WebSocket, viewer: LogViewer, { to, total }: { to: number; total: number }, text: string | null): void {
    viewer.cursor = to
    viewer.sent = total
    if (text === null && !isFarOff(viewer)) return
    viewer.told = total
    try {
      socket.send(text ?? eventsFrame(to, []))
    } catch {
      // It has gone, and nobody has told us yet.
      this.#viewers.delete(socket)
    }
  }

  #refuse(socket: WebSocket, viewer: LogViewer, detail: string): void {
    viewer.strikes += 1
    if (viewer.strikes > patience) return this.#close(socket, closings.misuse)
    socket.serializeAttachment(attachmentOf(viewer))
    socket.send(errorFrame(detail))
  }

  #close(socket: WebSocket, [code, reason]: readonly [number, string]): void {
    this.#viewers.delete(socket)
    socket.close(code, reason)
  }
}

type News = { readonly to: number; readonly frames: Map<string, string | null> }

/** The frame for everybody who wants the same: made once, and sent as the same text. */
function framed({ to, frames }: News, fresh: readonly Kept[], filters: Filter | null, wants: string): string | null {
  const known = frames.get(wants)
  if (known !== undefined) return known
  const frame = frameOf(to, fresh, filters)
  frames.set(wants, frame)
  return frame
}

/** What is wanted of some events, or null when nothing is. */
function frameOf(to: number, events: readonly Kept[], filters: Filter | null): string | null {
  const wanted = filters ? events.filter((event) => isWanted(filters, event)) : events
  return wanted.length > 0 ? eventsFrame(to, wanted) : null
}

/** @returns what is wrong with it, or what it says */
function messageIn(text: string | ArrayBuffer): ClientMessage | string {
  if (typeof text !== 'string') return 'A message is text.'
  if (text.length > longestMessage) return `A message has at most ${longestMessage} characters.`
  try {
    const { data, error } = ClientMessage.safeParse(JSON.parse(text))
    if (data) return data
    const [issue] = error.issues
    return `The message is not valid: ${issue?.path.join('.') || 'type'}: ${issue?.message ?? ''}`
  } catch {
    return 'The message is no JSON.'
  }
}
