import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { forward } from '../terraform/proxy.ts'

/** A request of the recorder, by what it wants. */
export type Wish = 'create' | 'events' | 'plan' | 'context' | 'finish' | 'heartbeat' | 'state'

/** What the network does with a request: nothing bad, or what its name says. `lost` is delivered, but not answered. */
export type Fate = 'passes' | 'lost' | 'swallowed' | 'hangs' | { readonly status: number }

/** What is to happen to the nth request (from 1) of a kind; called before anything is done with it. */
export type Decide = (wish: Wish, nth: number) => Fate | Promise<Fate>

/** A network between the recorder and the server. */
export class Network {
  readonly #target: string
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => request.socket.destroy())
  })
  /** Every request that came, in order. */
  readonly wishes: Wish[] = []
  decide: Decide = () => 'passes'
  /** Called after the server has answered, before the answer goes on. */
  answered: (wish: Wish, nth: number) => void = () => undefined

  constructor(target: string) {
    this.#target = target
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const body = await buffer(request)
    const wish = wishOf(method, path, body)
    this.wishes.push(wish)
    const nth = this.wishes.filter((seen) => seen === wish).length
    const fate = await this.decide(wish, nth)
    if (fate === 'hangs') return
    if (fate === 'swallowed') {
      request.socket.destroy()
    } else if (typeof fate === 'object') {
      response
        .writeHead(fate.status, { 'content-type': 'application/problem+json' })
        .end('{"detail":"So it shall be."}')
    } else {
      const answer = await forward(this.#target, { method, path, headers, body })
      this.answered(wish, nth)
      if (fate === 'lost') request.socket.destroy()
      else response.writeHead(answer.status, answer.headers).end(answer.body)
    }
  }
}

function wishOf(method: string, path: string, body: Buffer): Wish {
  if (path.startsWith('/state/')) return 'state'
  if (path.endsWith('/events')) return 'events'
  if (path.includes('/plan')) return 'plan'
  if (method === 'POST') return 'create'
  const text = body.toString()
  return text.includes('"status"') ? 'finish' : text === '{}' ? 'heartbeat' : 'context'
}
