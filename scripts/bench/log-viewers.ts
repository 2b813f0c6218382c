import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { FrameReader, frame, opcodes } from '../../localcloud/cloudflare/tails/frames.ts'

/** A frame as the log sends it; checked by hand, since a thousand viewers here take most of the machine. */
type Told = { readonly type: string; readonly events?: readonly { seq: number; at: string }[] }

/** Events between two acknowledgements. */
const between = 200

/** One who follows a log, and notes what comes. It offers no compression, which would cost the machine twice. */
export class LogViewer {
  readonly #url: URL
  readonly #token: string
  #socket: Socket | null = null
  #acknowledged = 0
  /** The newest event, and how many events have come that did not follow the one before. */
  last = 0
  wrong = 0
  /** How long each event took from its arrival at the log, in milliseconds. */
  readonly delays: number[] = []

  constructor(url: string, token: string) {
    this.#url = new URL(url)
    this.#token = token
  }

  /** Connects, and goes on behind the newest event that it has. */
  async connect(): Promise<void> {
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    this.#socket = socket
    socket.setNoDelay(true)
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.once('data', (bytes) => resolve(bytes.toString()))
      socket.write(greeting(this.#url, this.#token))
    })
    if (!answer.startsWith('HTTP/1.1 101') || !answer.endsWith('\r\n\r\n'))
      throw new Error(`A viewer was refused: ${answer}`)
    const reader = new FrameReader()
    socket.on('data', (bytes) => {
      if (socket !== this.#socket) return
      for (const { opcode, payload } of reader.read(bytes)) if (opcode === opcodes.text) this.#take(payload.toString())
    })
    this.#say({ type: 'start-stream', since: this.last })
  }

  /** Breaks off, whatever is on its way. */
  drop(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  #say(message: object): void {
    this.#socket?.write(frame(opcodes.text, Buffer.from(JSON.stringify(message))))
  }

  #take(text: string): void {
    const at = performance.timeOrigin + performance.now()
    const { type, events = [] }: Told = JSON.parse(text)
    if (type === 'gap') this.wrong += 1
    for (const { seq, at: arrived } of events) {
      if (seq !== this.last + 1) this.wrong += 1
      this.last = seq
      this.delays.push(at - Date.parse(arrived))
    }
    if (this.last - this.#acknowledged < between) return
    this.#acknowledged = this.last
    this.#say({ type: 'ack', seq: this.last })
  }
}

function greeting({ host, pathname }: URL, token: string): string {
  return [
    `GET ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'upgrade: websocket',
    'connection: Upgrade',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    `sec-websocket-protocol: throughline.logs.v1, throughline.token.${token}`,
    '\r\n',
  ].join('\r\n')
}
