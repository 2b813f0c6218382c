import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A way to an API on which calls can be held, so that a command is surely in the middle when something happens. */
export class Gate {
  readonly #target: string
  readonly #held = new Set<() => void>()
  #isHeld: (call: string) => boolean = () => false
  #noticed: () => void = () => undefined
  readonly #server = createServer((request, response) => {
    this.#pass(request).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => request.socket.destroy(),
    )
  })

  constructor(target: string) {
    this.#target = target
  }

  /** @returns the address to call instead of the target's. */
  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Holds the calls like `POST /labels` from now on. @returns once there is one */
  async hold(call: RegExp): Promise<void> {
    this.#isHeld = (each) => call.test(each)
    return new Promise((done) => (this.#noticed = done))
  }

  /** Lets all through that were held, and those that come. */
  open(): void {
    this.#isHeld = () => false
    for (const pass of this.#held) pass()
    this.#held.clear()
  }

  stop(): void {
    this.open()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #pass(request: IncomingMessage): Promise<{ status: number; type: string; body: Buffer }> {
    const { method = '', url = '', headers } = request
    const body = await buffer(request)
    if (this.#isHeld(`${method} ${url}`)) {
      const passed = new Promise<void>((pass) => this.#held.add(pass))
      this.#noticed()
      await passed
    }
    const { authorization = '', 'content-type': contentType = 'application/json' } = headers
    const init = { method, headers: { authorization, 'content-type': contentType } }
    const answer = await fetch(this.#target + url, body.length > 0 ? { ...init, body } : init)
    const type = answer.headers.get('content-type') ?? 'text/plain'
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) }
  }
}
