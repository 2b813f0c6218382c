import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'

const text = (request: IncomingMessage) => String(request.headers.authorization)
const reason = (request: IncomingMessage) =>
  JSON.stringify({ success: false, errors: [{ code: 1, message: text(request) }], result: null, token: text(request) })

function inPieces(response: ServerResponse, whole: string, size: number): void {
  for (let at = 0; at < whole.length; at += size) response.write(whole.slice(at, at + size))
  response.end()
}

/** What somebody in Cloudflare's place could answer with, who tells each caller what it sent. */
export const echoes: Readonly<Record<string, RequestListener>> = {
  'in JSON': (request, response) => response.end(reason(request)),
  'in JSON of a known length': (request, response) => {
    const body = reason(request)
    response.writeHead(200, { 'content-length': body.length, 'content-type': 'application/json' }).end(body)
  },
  'in an error': (request, response) => response.writeHead(403).end(reason(request)),
  'in a page of a failure': (request, response) =>
    response.writeHead(500, { 'content-type': 'text/html' }).end(`<pre>${text(request)}</pre>`),
  'in headers': (request, response) =>
    response
      .writeHead(401, {
        'www-authenticate': `Bearer t="${text(request)}"`,
        'x-echo': text(request),
        'cf-ray': text(request),
      })
      .end('{}'),
  'in a redirect': (request, response) =>
    response.writeHead(302, { location: `http://elsewhere.example/?t=${text(request).slice(7)}` }).end(),
  'in pieces': (request, response) => inPieces(response.writeHead(200), `data: ${text(request)}\n\n`.repeat(9), 7),
  'in a long answer': (request, response) =>
    inPieces(response.writeHead(200), `${'x'.repeat(65_510)}${text(request)}`.repeat(4), 65_536),
  compressed: (request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(reason(request).repeat(3000))),
  'in a list': (request, response) =>
    response.end(JSON.stringify({ success: true, result: [{ uuid: 'u', name: text(request), id: text(request) }] })),
  'in what opens a session': (request, response) =>
    response.end(
      JSON.stringify({ success: true, result: { jwt: text(request).slice(7), url: `ws://x/${text(request)}` } }),
    ),
  'before it breaks off': (request, response) => {
    response.writeHead(200, { 'content-length': 500_000 }).write(text(request).repeat(3), () => response.destroy())
  },
}

/** Stands between the gateway and an account: it tells in a header of every answer what it was sent, or all of it. */
export class Echoing {
  answer: RequestListener | null = null
  readonly #server: Server
  readonly #account: () => TestAccount

  constructor(account: () => TestAccount) {
    this.#account = account
    this.#server = createServer((request, response) => {
      if (this.answer) return this.answer(request, response)
      void this.#passed(request, response).catch(() => response.destroy())
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #passed(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = request.headers
    const answer = await fetch(`${this.#account().url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(pieces.length > 0 && { body: Buffer.concat(pieces) }),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    const told = ['content-type', 'cf-ray', 'cf-auditlog-id', 'etag']
    const shown = told.flatMap((name) => (answer.headers.has(name) ? [[name, String(answer.headers.get(name))]] : []))
    response.writeHead(answer.status, { ...Object.fromEntries(shown), 'x-echo': text(request) }).end(body)
  }
}
