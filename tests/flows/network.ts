import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { forward } from '../terraform/proxy.ts'

/** What the network between the control plane and its account may do to a call. */
export const faults = [
  /** Refused for a while, before anything is done. */
  '429',
  /** Fails before anything is done. */
  '500 before',
  /** It is done, and the answer says that it failed. */
  '500 after',
  /** It is done, and the connection breaks. */
  'cut',
  /** It is done, and there is no answer. */
  'hang',
  /** It is done, and the answer ends in its middle. */
  'truncated',
  /** It is done, and the answer is JSON of something else. */
  'wrong JSON',
  /** It is done, and the answer is a page. */
  'HTML',
] as const
export type Fault = (typeof faults)[number]

/** Says what happens to a call, such as `POST /d1/database`: below the account's path, without a query. `lost` never arrives. */
export type Plan = (call: string) => Fault | 'lost' | null

/** A network before an account, whose calls fail as a plan says. */
export class Network {
  plan: Plan = () => null
  /** Calls that came, in order. */
  readonly calls: string[] = []
  /** Seconds that a 429 asks to wait. */
  retryAfter = 0
  readonly #target: () => string
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => request.socket.destroy())
  })

  constructor(target: () => string) {
    this.#target = target
  }

  async listen(): Promise<void> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const call = `${method} ${url.replace(/\?.*/, '').replace(/^.*\/accounts\/[0-9a-f]{32}/, '')}`
    this.calls.push(call)
    // Small pages, so that few objects are many.
    const sent = { method, path: url.replace('per_page=1000', 'per_page=2'), headers, body: await buffer(request) }
    const fault = this.plan(call)
    if (fault === '429')
      return void response.writeHead(429, { 'retry-after': String(this.retryAfter) }).end('{"success":false}')
    if (fault === 'lost') return
    if (fault === '500 before') return void response.writeHead(500).end('oops')
    const { status, headers: told, body } = await forward(this.#target(), sent)
    if (fault === null) response.writeHead(status, told).end(body)
    else spoil(fault, response, body)
  }
}

function spoil(fault: Fault, response: ServerResponse, body: Buffer): void {
  if (fault === '500 after') response.writeHead(500).end('{"success":false,"errors":[{"code":10000,"message":"oops"}]}')
  else if (fault === 'cut') response.socket?.destroy()
  else if (fault === 'truncated') response.writeHead(200).end(body.subarray(0, body.length / 2))
  else if (fault === 'wrong JSON') response.writeHead(200).end('{"success":true,"result":5,"errors":[]}')
  else if (fault === 'HTML') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Moment</html>')
  // Else it hangs until the caller has had enough.
}
