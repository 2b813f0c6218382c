/** A frame as the log sends it; checked by hand, since a thousand viewers here take most of the machine. */
type Frame = { readonly type: string; readonly events?: readonly { seq: number; trace: { eventTimestamp: number } }[] }

/** Events between two acknowledgements. */
const between = 200

/** One who follows a log, and notes what comes. */
export class LogViewer {
  readonly #url: string
  readonly #token: string
  #socket: WebSocket | null = null
  #acknowledged = 0
  /** The newest event, and how many events have come that did not follow the one before. */
  last = 0
  wrong = 0
  /** How long each event took from its delivery, in milliseconds. */
  readonly delays: number[] = []

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Connects, and goes on behind the newest event that it has. */
  async connect(): Promise<void> {
    const socket = new WebSocket(this.#url, ['throughline.logs.v1', `throughline.token.${this.#token}`])
    this.#socket = socket
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error('A viewer was refused.')))
    })
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket) this.#take(String(data))
    })
    socket.send(JSON.stringify({ type: 'start-stream', since: this.last }))
  }

  /** Breaks off, whatever is on its way. */
  drop(): void {
    this.#socket?.close()
    this.#socket = null
  }

  #take(text: string): void {
    const at = performance.timeOrigin + performance.now()
    const { type, events = [] }: Frame = JSON.parse(text)
    if (type === 'gap') this.wrong += 1
    for (const { seq, trace } of events) {
      if (seq !== this.last + 1) this.wrong += 1
      this.last = seq
      this.delays.push(at - trace.eventTimestamp)
    }
    if (this.last - this.#acknowledged < between) return
    this.#acknowledged = this.last
    this.#socket?.send(JSON.stringify({ type: 'ack', seq: this.last }))
  }
}
