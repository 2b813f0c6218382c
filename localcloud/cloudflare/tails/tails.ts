import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { newId } from '../identity/tables.ts'
import type { Traces } from '../runtime/traces.ts'
import { isWanted } from './filters.ts'
import type { Filter } from './filters.ts'
import { FrameReader, frame, opcodes } from './frames.ts'
import type { Frame } from './frames.ts'

/** How long a tail waits for its viewer, and lives. */
const lifeMs = 6 * 3_600_000

/** A tail of a script: what its viewer wants to see, and where the viewer is connected. */
export type Tail = {
  readonly id: string
  readonly key: string
  readonly filters: readonly Filter[]
  readonly expires: number
}

const path = /^\/tails\/([0-9a-f]{32})$/
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Live traces for people who watch a script. Nothing is kept: who is not connected misses them. */
export class Tails {
  readonly #traces: Traces
  readonly #tails = new Map<string, Tail>()
  readonly #sockets = new Map<string, Set<Duplex>>()

  constructor(traces: Traces) {
    this.#traces = traces
  }

  open(key: string, filters: readonly Filter[], at: number): Tail {
    const tail = { id: newId(), key, filters, expires: at + lifeMs }
    for (const old of this.#tails.values()) if (old.expires < at) this.close(old.id)
    this.#tails.set(tail.id, tail)
    return tail
  }

  list(key: string): Tail[] {
    return [...this.#tails.values()].filter((tail) => tail.key === key)
  }

  /** Ends a tail and whoever watches it. */
  close(id: string): boolean {
    for (const socket of this.#sockets.get(id) ?? []) socket.end(closing(1000))
    return this.#tails.delete(id)
  }

  stop(): void {
    for (const id of this.#tails.keys()) this.close(id)
  }

  /** Makes a request for a tail a WebSocket; false when it is for something else. */
  upgrade(request: IncomingMessage, socket: Duplex): boolean {
    const id = path.exec(request.url ?? '')?.[1]
    if (id === undefined) return false
    const tail = this.#tails.get(id)
    const key = request.headers['sec-websocket-key']
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
    if (!tail || key === undefined || !protocols.includes('trace-v1')) {
      socket.end(`HTTP/1.1 ${tail ? '400 Bad Request' : '404 Not Found'}\r\nconnection: close\r\n\r\n`)
      return true
    }
    socket.write(greeting(key))
    this.#watch(tail, socket, request.socket.remoteAddress ?? '127.0.0.1')
    return true
  }

  #watch(tail: Tail, socket: Duplex, viewer: string): void {
    const reader = new FrameReader()
    const sockets = this.#sockets.get(tail.id) ?? new Set()
    this.#sockets.set(tail.id, sockets.add(socket))
    const unfollow = this.#traces.follow({
      key: tail.key,
      take: (events) => {
        const wanted = events.filter((event) => isWanted(event, tail.filters, Math.random(), viewer))
        for (const event of wanted) socket.write(frame(opcodes.text, Buffer.from(JSON.stringify(event))))
      },
    })
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const one of reader.read(bytes)) answer(socket, one)
      } catch {
        socket.end(closing(1002))
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      unfollow()
      sockets.delete(socket)
    })
  }
}

function answer(socket: Duplex, { opcode, payload }: Frame): void {
  if (opcode === opcodes.ping) socket.write(frame(opcodes.pong, payload))
  if (opcode === opcodes.close) socket.end(frame(opcodes.close, payload))
}

function closing(code: number): Buffer {
  return frame(opcodes.close, Buffer.from([code >> 8, code & 0xff]))
}

function greeting(key: string): string {
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'upgrade: websocket',
    'connection: Upgrade',
    `sec-websocket-accept: ${accept}`,
    'sec-websocket-protocol: trace-v1',
    '\r\n',
  ].join('\r\n')
}
