import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Refusal, codeOf } from '../../../scripts/embedded/refusal.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The server's port: open before there is anybody to answer, so that an early request waits instead of failing. */
export class Doors {
  readonly #server: Server
  readonly #listener = Promise.withResolvers<Listener>()

  constructor(server: Server) {
    this.#server = server
    // A push may take as long as it takes.
    server.requestTimeout = 0
    server.on('request', (request, response) => {
      void this.#listener.promise.then((listener) => listener(request, response))
    })
  }

  /** Opens the port. @returns the address under which it is reached. */
  async open({ host, port }: { readonly host: string; readonly port: number }): Promise<string> {
    this.#server.listen(port, host)
    try {
      await once(this.#server, 'listening')
    } catch (error) {
      throw new Refusal(
        `GitHub cannot listen on port ${port} of ${host} (${codeOf(error)}): choose another with GITHUB_PORT.`,
      )
    }
    const address = this.#server.address()
    const taken = typeof address === 'object' && address ? address.port : port
    const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${taken}`
  }

  /** From now on requests are answered, the waiting ones first. */
  welcome(listener: Listener): void {
    this.#listener.resolve(listener)
  }

  /** Lets running requests end, but not for ever. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeIdleConnections()
    const cut = setTimeout(() => this.#server.closeAllConnections(), 5_000)
    await closed
    clearTimeout(cut)
  }
}
