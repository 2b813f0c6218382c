import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request that asks for a change. */
export type Change = { readonly method: string; readonly path: string }

/** When something happens to a change: when it arrives, or when it is done and nobody has heard of it. */
export type Moment = 'before' | 'after'

/** What reads although it is no GET. */
const reading = /^\{"sql":"select /

/** The way to an account, on which every change is seen, and may be the last that its sender does. */
export class Network {
  readonly #target: string
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => request.socket.destroy())
  })
  /** The changes that were asked for. */
  changes: Change[] = []
  /** Is told of each. @returns whether its sender is gone: then the account never hears of it, or the sender of the answer */
  watch: (change: Change, moment: Moment) => boolean = () => false

  constructor(target: string) {
    this.#target = target
  }

  /** @returns the address to call instead of the target's */
  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    const body = await buffer(request)
    const isRead = method === 'GET' || reading.test(body.toString('utf8', 0, 20))
    const isGone = (moment: Moment) => !isRead && this.watch({ method, path }, moment)
    if (!isRead) this.changes.push({ method, path })
    if (isGone('before')) return void request.socket.destroy()
    const answer = await this.#forward(request, body)
    if (isGone('after')) return void request.socket.destroy()
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(await buffer(answer))
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const sent = send(this.#target + url, { method, headers }, done)
      sent.on('error', fail)
      sent.end(body)
    })
  }
}
