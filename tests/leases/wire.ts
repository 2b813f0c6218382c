import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What may become of a call of Cloudflare's. */
export const faultKinds = [
  'answers 500',
  'never answers',
  'breaks off',
  'stops in the middle',
  'answers other JSON',
  /** Cloudflare did it, and nobody hears of it. */
  'did it and broke off',
  'did it and answers 500',
  'answers 429',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** When a call arrives, and when it is done and nobody has heard of it. */
export type Moment = 'before' | 'after'

/** A call that changes something, as `PUT /tokens/{}/value`: identifiers are left out. */
export function named(method: string, url: string): string {
  const path = url.replace(/^.*\/accounts\/[0-9a-f]{32}/, '').replace(/\?.*$/, '')
  return `${method} ${path.replaceAll(/[0-9a-f]{32}/g, '{}')}`
}

/** The way from the control plane to its account, on which calls may go wrong. */
export class Wire {
  readonly #target: () => string
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => request.socket.destroy())
  })
  /** All calls that came, by name. */
  calls: string[] = []
  /** Decides what becomes of a call. */
  fault: (call: string) => FaultKind | null = () => null
  /** Every value of a token that was ever told. */
  readonly values = new Set<string>()
  #held: { readonly call: string; readonly moment: Moment; readonly reached: () => void } | null = null

  constructor(target: () => string) {
    this.#target = target
  }

  /** @returns its port */
  async listen(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** The next call of a name goes wrong, and none after it. */
  failOnce(name: string, kind: FaultKind): { readonly struck: () => boolean } {
    let struck = false
    this.fault = (call) => {
      if (struck || call !== name) return null
      struck = true
      return kind
    }
    return { struck: () => struck }
  }

  /** Holds the next call of a name for ever. @returns what resolves when it is held */
  async hold(call: string, moment: Moment): Promise<void> {
    return new Promise((reached) => {
      this.#held = { call, moment, reached }
    })
  }

  #isHeld(call: string, moment: Moment): boolean {
    const held = this.#held
    if (held?.call !== call || held.moment !== moment) return false
    this.#held = null
    held.reached()
    return true
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const call = named(String(request.method), String(request.url))
    this.calls.push(call)
    if (this.#isHeld(call, 'before')) return
    const kind = this.fault(call)
    const reply = kind && instead[kind]
    if (reply) return reply(request, response)
    const answer = await this.#forward(request, body)
    const content = await buffer(answer)
    for (const [value] of content.toString().matchAll(/\bcf[au]t_\w{30,}/g)) this.values.add(value)
    if (this.#isHeld(call, 'after')) return
    if (kind === 'did it and broke off') request.socket.destroy()
    else if (kind === 'did it and answers 500') response.writeHead(500).end(refusal(10_002))
    else response.writeHead(answer.statusCode ?? 502, answer.headers).end(content)
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const sent = send(this.#target() + url, { method, headers }, done)
      sent.on('error', fail)
      sent.end(body)
    })
  }
}

type Reply = (request: IncomingMessage, response: ServerResponse) => void

/** What comes instead of Cloudflare's answer, to a call that it never gets. */
const instead: Readonly<Partial<Record<FaultKind, Reply>>> = {
  'answers 429': (_, response) => response.writeHead(429, { 'retry-after': '1' }).end(refusal(971)),
  'answers 500': (_, response) => response.writeHead(500).end(refusal(10_002)),
  'answers other JSON': (_, response) => response.end('{"success":true,"result":{"other":[1]}}'),
  'never answers': () => undefined,
  'stops in the middle': (_, response) => response.writeHead(200, { 'content-length': '900' }).write('{"success":'),
  'breaks off': (request, response) =>
    response.writeHead(200, { 'content-length': '900' }).write('{"success":', () => request.socket.destroy()),
}

function refusal(code: number): string {
  return JSON.stringify({ success: false, errors: [{ code, message: 'An error' }], messages: [], result: null })
}
