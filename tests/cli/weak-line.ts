import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A connection to a server that breaks when a test wants it to. */
export class WeakLine {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #port = 0
  /** Bytes of answers that a connection carries until it breaks. */
  breaksAfter = Infinity
  /** How many connections there were. */
  connections = 0

  constructor(target: string) {
    this.#target = new URL(target)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Lets connections through, on the same port each time. */
  async open(): Promise<this> {
    this.#server = createServer((client) => this.#join(client)).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Breaks all connections and takes no more. */
  async close(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close')
    this.#server?.close()
    this.cut()
    await closed
    this.#server = null
  }

  /** Breaks the connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket): void {
    this.connections += 1
    const server = connect(Number(this.#target.port), this.#target.hostname)
    let left = this.breaksAfter
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          server.destroy()
        })
    }
    client.pipe(server)
    server.on('data', (piece: Buffer) => {
      client.write(piece.subarray(0, left))
      left -= piece.length
      if (left <= 0) client.end()
    })
  }
}
