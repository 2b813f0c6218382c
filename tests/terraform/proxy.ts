import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the network may do to one request. */
export const faultKinds = [
  /** The server did it; the client hears 500. */
  'lost reply',
  /** The server never sees it; the client hears 500. */
  'swallowed request',
  /** The server did it; the client's connection breaks. */
  'connection cut after',
  /** The server never sees it; the client's connection breaks. */
  'connection cut before',
  /** The client's connection breaks; the server sees the request once the command has ended. */
  'late request',
  /** The server sees it a second time after the request that follows it. */
  'repeated after the next',
  /** The server sees it a second time once the command has ended. */
  'repeated after the command',
  /** It arrives a while later. */
  'delay',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** The nth request with this method, from 1. */
export type Fault = { readonly method: string; readonly nth: number; readonly kind: FaultKind }

export type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }
type Sent = { readonly method: string; readonly path: string; headers: IncomingMessage['headers']; body: Buffer }

const delayMs = 300

/** A network between Terraform and a server, with at most one fault. */
export class FaultProxy {
  readonly #target: string
  readonly #fault: Fault | null
  readonly #watch: (method: string) => void
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => request.socket.destroy())
  })
  #afterNext: Sent[] = []
  #afterCommand: Sent[] = []
  /** The methods of the requests that came, in order. */
  readonly methods: string[] = []
  /** Whether the fault has happened. */
  struck = false
  /** The statuses that copies got which no client waited for. */
  readonly copies: number[] = []

  /** @param watch is called when a request arrives, before anything is done with it. */
  constructor(target: string, fault: Fault | null = null, watch: (method: string) => void = () => undefined) {
    this.#target = target
    this.#fault = fault
    this.#watch = watch
  }

  /** @returns the address to call instead of the target's. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  /** Lets what the network held back arrive: the command has ended. */
  async deliverLate(): Promise<void> {
    const late = [...this.#afterNext, ...this.#afterCommand]
    this.#afterNext = []
    this.#afterCommand = []
    await this.#copy(late)
  }

  #kindOf(method: string): FaultKind | null {
    const nth = this.methods.filter((seen) => seen === method).length
    return this.#fault?.method === method && this.#fault.nth === nth ? this.#fault.kind : null
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const sent = { method, path, headers, body: await buffer(request) }
    this.methods.push(method)
    this.#watch(method)
    const kind = this.#kindOf(method)
    const due = this.#afterNext
    this.#afterNext = []
    if (!(await this.#isDelivered(kind, sent))) return answerWith(kind, null, response)
    const answer = await forward(this.#target, sent)
    await this.#copy(due)
    if (kind === 'repeated after the next') this.#afterNext.push(sent)
    if (kind === 'repeated after the command') this.#afterCommand.push(sent)
    answerWith(kind, answer, response)
  }

  async #isDelivered(kind: FaultKind | null, sent: Sent): Promise<boolean> {
    if (kind !== null) this.struck = true
    if (kind === 'late request') this.#afterCommand.push(sent)
    if (kind === 'delay') await new Promise((resolve) => setTimeout(resolve, delayMs))
    return kind !== 'late request' && kind !== 'swallowed request' && kind !== 'connection cut before'
  }

  async #copy(requests: Sent[]): Promise<void> {
    for (const sent of requests) this.copies.push((await forward(this.#target, sent)).status)
  }
}

/** What the client hears; null when the server never saw the request. */
function answerWith(kind: FaultKind | null, answer: Answer | null, response: ServerResponse): void {
  if (kind === 'lost reply' || kind === 'swallowed request') response.writeHead(500).end()
  else if (kind === 'connection cut after' || answer === null) response.socket?.destroy()
  else response.writeHead(answer.status, answer.headers).end(answer.body)
}

/** Sends a request on as it came and waits for the whole answer. */
export async function forward(target: string, { method, path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _, ...kept } = headers
    send(target + path, { method, headers: kept, agent: false }, (answer) => {
      buffer(answer).then(
        (content) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: content }),
        reject,
      )
    })
      .on('error', reject)
      .end(body)
  })
}
