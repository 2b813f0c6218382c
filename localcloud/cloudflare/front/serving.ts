import { randomBytes } from 'node:crypto'
import { Agent, request as send } from 'node:http'
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { codeOf } from '../../../scripts/embedded/refusal.ts'
import { isSameSecret } from '../../../worker/features/access/token.ts'
import { dispatchHeaders, headers as internal } from '../runtime/protocol.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { targetOf } from './address.ts'
import type { Hosted, Target } from './address.ts'

/** Headers that belong to one connection, and those that only we may set. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'host',
  'cf-connecting-ip',
  'cf-ray',
  'mf-cf-blob',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-real-ip',
  ...Object.values(dispatchHeaders),
  ...Object.values(internal),
])
/** Tells that the runtime in which a request was at work is gone. */
const cutOff = Symbol('cut off')
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection'])
/** Below a path, a script would get a say over all others of the same origin. */
const ofOrigin = new Set([...ofConnection, 'service-worker-allowed'])

/**
 * Brings requests to deployed scripts and their answers back, piece by piece, without looking into them. Those that
 * come while the runtime is being changed wait.
 */
export class Serving {
  readonly #runtime: Runtime
  readonly #now: () => number
  readonly #dispatchToken: string
  readonly #hosted: Hosted
  #agent = new Agent({ keepAlive: true, maxSockets: 512 })

  constructor(runtime: Runtime, now: () => number, dispatchToken: string, hosted: Hosted) {
    this.#runtime = runtime
    this.#now = now
    this.#dispatchToken = dispatchToken
    this.#hosted = hosted
  }

  /** Connections to a runtime that is gone must not be used again. */
  renew(): void {
    this.#agent.destroy()
    this.#agent = new Agent({ keepAlive: true, maxSockets: 512 })
  }

  /** Serves a request that is for a script; false when it is for the account itself. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const target = targetOf(request, this.#hosted)
    if (!target) return false
    if (!this.#mayEnter(request, target)) refuse(response, 401, 'Authentication error')
    else this.#begin(request, response, target)
    return true
  }

  /** The same for a request that becomes a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const target = targetOf(request, this.#hosted)
    if (!target || !this.#mayEnter(request, target)) return false
    socket.on('error', () => socket.destroy())
    this.#connect(request, socket, head, target).catch(() => socket.destroy())
    return true
  }

  async #forward(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    if (!(await this.#admit(target.key))) return refuse(response, 503, 'error code: 1102')
    const leave = await this.#runtime.gate.enter(target.key, this.#isInside(request))
    response.once('close', leave).once(cutOff, leave)
    if (response.destroyed) leave()
    else if (target.isDispatched && !this.#runtime.plan.scripts.has(target.key)) missing(response)
    else this.#pass(request, response, target)
    return undefined
  }

  /** What was cut off because another script was stuck waits for the next runtime. */
  #startAgain(request: IncomingMessage, response: ServerResponse, target: Target): void {
    response.emit(cutOff)
    this.#begin(request, response, target)
  }

  #begin(request: IncomingMessage, response: ServerResponse, target: Target): void {
    this.#forward(request, response, target).catch((error: unknown) => {
      console.error('A request to a script failed:', error)
      refuse(response, 500, 'error code: 1101')
    })
  }

  #pass(request: IncomingMessage, response: ServerResponse, target: Target, tries = 100): void {
    const upstream = this.#send(request, target, {})
    response.once('close', () => upstream.destroy())
    upstream.once('error', (error) => {
      // The runtime is being started again after it died: what has no body can be sent once more.
      const mayAgain = tries > 1 && !hasBody(request) && !response.destroyed && !response.headersSent
      if (mayAgain && this.#runtime.isInnocent(target.key)) this.#startAgain(request, response, target)
      else if (mayAgain && codeOf(error) === 'ECONNREFUSED')
        setTimeout(() => this.#pass(request, response, target, tries - 1), 100)
      else this.#lose(response, target)
    })
    upstream.once('response', (answer) => {
      const { statusCode = 502, statusMessage, rawHeaders } = answer
      response.writeHead(
        statusCode,
        statusMessage,
        headersWithout(rawHeaders, target.prefix === '' ? ofConnection : ofOrigin),
      )
      answer.once('error', () => this.#lose(response, target))
      answer.pipe(response)
    })
    request.once('error', () => upstream.destroy())
    if (request.readableEnded) upstream.end()
    else request.pipe(upstream)
  }

  #lose(response: ServerResponse, { key }: Target): void {
    if (!response.destroyed) this.#runtime.losses.add(key, this.#now())
    refuse(response, 502, 'error code: 1101')
  }

  async #connect(request: IncomingMessage, socket: Duplex, head: Buffer, target: Target): Promise<void> {
    const leave = await this.#runtime.gate.enter(target.key, this.#isInside(request))
    const upstream = this.#send(request, target, {
      connection: 'Upgrade',
      upgrade: request.headers.upgrade ?? 'websocket',
    })
    upstream.once('error', () => socket.destroy())
    upstream.once('response', (answer) => {
      leave()
      socket.write(headOf(answer))
      answer.pipe(socket)
    })
    upstream.once('upgrade', (answer, other, first) => {
      // An open WebSocket is nothing that a change of the runtime waits for.
      leave()
      socket.write(headOf(answer))
      socket.write(first)
      other.write(head)
      other.on('error', () => socket.destroy())
      other.pipe(socket).on('close', () => other.destroy())
      socket.pipe(other)
    })
    upstream.once('close', leave)
    upstream.end()
  }

  #send(request: IncomingMessage, target: Target, more: Record<string, string>): ClientRequest {
    const { hostname, port } = new URL(this.#runtime.url)
    const { key, path } = target
    const { host, prefix } = seenBy(request, target)
    const upstream = send({ agent: this.#agent, hostname, port, method: request.method ?? 'GET', path, setHost: false })
    for (const [name, value] of pairsIn(request.rawHeaders)) {
      if (!dropped.has(name.toLowerCase())) upstream.appendHeader(name, value)
    }
    const address = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1'
    const own = {
      host,
      'cf-connecting-ip': address,
      'cf-ray': randomBytes(8).toString('hex'),
      'x-forwarded-proto': 'http',
      'x-real-ip': address,
      [internal.key]: this.#runtime.key,
      [internal.script]: this.#runtime.choose(key),
      ...(prefix === '' ? {} : { 'x-forwarded-prefix': prefix }),
      ...more,
    }
    for (const [name, value] of Object.entries(own)) upstream.setHeader(name, value)
    return upstream
  }

  /** Scripts of a dispatch namespace have no address of their own: who dispatches to them proves it. */
  #mayEnter({ headers }: IncomingMessage, { isDispatched }: Target): boolean {
    return !isDispatched || isSameSecret(String(headers[dispatchHeaders.token] ?? ''), this.#dispatchToken)
  }

  #isInside({ headers }: IncomingMessage): boolean {
    return headers[internal.inside] === this.#runtime.key
  }

  /** False for a script that stopped the others. When nobody has asked for it for a while, it gets another chance. */
  async #admit(key: string): Promise<boolean> {
    const state = this.#runtime.quarantine.ask(key, this.#now())
    if (state === 'back') {
      this.#runtime.quarantine.release(key)
      await this.#runtime.apply()
    }
    return state !== 'out'
  }
}

/** Under which name, and below which path, a script is called: who dispatches says what the script is to see. */
function seenBy({ headers }: IncomingMessage, { isDispatched, prefix }: Target): { host: string; prefix: string } {
  const told = isDispatched ? headers[dispatchHeaders.host] : undefined
  return typeof told === 'string' ? { host: told, prefix: '' } : { host: headers.host ?? 'localhost', prefix }
}

/** Whoever dispatches tells a script that is not there from one that answers 404. */
function missing(response: ServerResponse): void {
  response.writeHead(404, { [dispatchHeaders.token]: 'missing' }).end('Worker not found.')
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function* pairsIn(raw: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] ?? '', raw[index + 1] ?? '']
}

function headersWithout(raw: readonly string[], names: ReadonlySet<string>): string[] {
  return [...pairsIn(raw)].filter(([name]) => !names.has(name.toLowerCase())).flat()
}

function headOf(answer: IncomingMessage): string {
  const lines = [...pairsIn(answer.rawHeaders)].map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...lines, '', ''].join('\r\n')
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8' }).end(text)
}
