import { once } from 'node:events'
import { lstatSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ListenOptions } from 'node:net'
import { Refusal, codeOf } from '../../../scripts/embedded/refusal.ts'
import { hostCheckFor } from './hosts.ts'
import type { HostCheck } from './hosts.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Where to listen: an address, and a socket of this machine beside it for clients that only take one. */
type Place = { readonly host: string; readonly port: number; readonly socket?: string | undefined }

/** The server's doors: open before there is anybody to answer, so that an early request waits instead of failing. */
export class Doors {
  readonly #servers: Server[] = []
  readonly #listener = Promise.withResolvers<Listener>()

  /** Opens them. @returns the address under which the port is reached. */
  async open({ host, port, socket }: Place): Promise<string> {
    const server = this.#add(hostCheckFor(host))
    await listen(server, { host, port }, `port ${port} of ${host}`, 'GITHUB_PORT')
    if (socket !== undefined) {
      // A socket that a kill has left would be taken for one in use; whatever else lies there is not ours to remove.
      if (lstatSync(socket, { throwIfNoEntry: false })?.isSocket()) rmSync(socket)
      // No page reaches a socket of this machine, and its clients write any name.
      await listen(this.#add(null), { path: socket }, `the socket ${socket}`, 'GITHUB_SOCKET')
    }
    const address = server.address()
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
    await Promise.all(this.#servers.splice(0).map(close))
  }

  #add(knows: HostCheck): Server {
    const server = createServer((request, response) => {
      if (knows && !knows(request.headers.host)) return misdirected(response)
      void this.#listener.promise
        .then((listener) => listener(request, response))
        .catch((error: unknown) => {
          console.error(error)
          response.destroy()
        })
    })
    // A push may take as long as it takes.
    server.requestTimeout = 0
    this.#servers.push(server)
    return server
  }
}

function misdirected(response: ServerResponse): void {
  const message = 'This server answers only to names of this machine, such as 127.0.0.1 and localhost.'
  response.writeHead(421, { 'content-type': 'application/json; charset=utf-8', connection: 'close' })
  response.end(JSON.stringify({ message }))
}

async function listen(server: Server, where: ListenOptions, what: string, variable: string): Promise<void> {
  server.listen(where)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Refusal(`GitHub cannot listen on ${what} (${codeOf(error)}): choose another with ${variable}.`)
  }
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), 5_000)
  await closed
  clearTimeout(cut)
}
