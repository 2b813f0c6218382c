import { eventually } from '../../worker/testing.ts'

export type Seen = {
  seq: number
  at: string
  trace: { scriptName: string; outcome: string; logs: { message: unknown[] }[] }
}
type Frame = { type: string; [member: string]: unknown }

/** A client of a live log, which acknowledges what it gets unless told otherwise. */
export class LogSocket {
  readonly frames: Frame[] = []
  readonly events: Seen[] = []
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  acknowledges = true

  constructor(url: string, token: string | null) {
    const protocols = ['throughline.logs.v1', ...(token === null ? [] : [`throughline.token.${token}`])]
    const socket = new WebSocket(url, protocols)
    this.#socket = socket
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error('The socket was refused.')))
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
    socket.addEventListener('message', ({ data }) => this.#take(String(data)))
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  get seqs(): number[] {
    return this.events.map(({ seq }) => seq)
  }

  /** The first argument of each line that was printed. */
  get messages(): unknown[] {
    return this.events.flatMap(({ trace }) => trace.logs.map(({ message }) => message[0]))
  }

  say(message: unknown): this {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    return this
  }

  start(more: object = {}): this {
    return this.say({ type: 'start-stream', ...more })
  }

  /** Waits until so many events have come. */
  async got(count: number): Promise<Seen[]> {
    await eventually(
      async () => this.events.length,
      (length) => length >= count,
      20_000,
    )
    return this.events
  }

  /** Waits for a frame of a kind. */
  async frame(type: string): Promise<Frame> {
    const found = await eventually(
      async () => this.frames.find((frame) => frame.type === type),
      (frame) => frame !== undefined,
      20_000,
    )
    return found as Frame
  }

  close(): void {
    this.#socket.close()
  }

  #take(text: string): void {
    const frame = JSON.parse(text) as Frame
    this.frames.push(frame)
    if (frame.type !== 'events') return
    this.events.push(...(frame['events'] as Seen[]))
    if (this.acknowledges) this.say({ type: 'ack', seq: frame['seq'] })
  }
}
