import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A webhook as it came over the wire. */
export type Arrival = {
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  readonly event: string
  readonly guid: string
  // A test says itself what it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

/** Receives webhooks; what it answers can be changed while it runs. */
export class Receiver {
  readonly arrivals: Arrival[] = []
  readonly #server = createServer()
  status = 200
  /** Never answers while this is set. */
  silent = false

  async listen(): Promise<void> {
    this.#server.on('request', (request, response) => void this.#receive(request, response))
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  /** Those of one event, once there are so many. */
  async wait(event: string, count: number): Promise<Arrival[]> {
    return eventually(() => {
      const found = this.arrivals.filter((each) => each.event === event)
      return found.length >= count ? found : null
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request
    const raw = await text(request)
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded'
    const body = JSON.parse(isForm ? (new URLSearchParams(raw).get('payload') ?? '{}') : raw)
    const [event, guid] = [String(headers['x-github-event']), String(headers['x-github-delivery'])]
    this.arrivals.push({ headers, raw, body, event, guid })
    if (!this.silent) response.writeHead(this.status, { 'content-type': 'text/plain' }).end('received')
  }
}

/** Asks again until there is an answer. */
export async function eventually<Answer>(
  ask: () => Answer | null | Promise<Answer | null>,
  limit = 10_000,
): Promise<Answer> {
  const end = Date.now() + limit
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > end) throw new Error('It never came to be.')
    await new Promise((done) => setTimeout(done, 20))
  }
}
