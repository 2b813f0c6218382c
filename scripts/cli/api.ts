import type * as Http from 'node:http'
import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import type * as Https from 'node:https'
import { Refusal } from '../embedded/refusal.ts'
import type { Access } from './settings.ts'

/** A request that is not a plain GET. Times are milliseconds. */
export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** How long the connection may be silent; 30 s unless told otherwise. */
  readonly silenceMs?: number
  readonly signal?: AbortSignal
}

/** What the server answered, whatever it was. */
export type Answer = { readonly status: number; readonly body: string }

type Protocol = Pick<typeof Http | typeof Https, 'Agent' | 'request'>

/** Imported in the usual way, either brings all of undici along, which takes longer than the rest of the start. */
function protocolOf(url: string): Protocol {
  return url.startsWith('https:') ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
}

/** The server's API, over connections that are kept. Paths begin with a slash: `/api/deployments?limit=5`. */
export class Server {
  readonly url: string
  readonly #token: string
  readonly #protocol: Protocol
  readonly #agent: Agent

  constructor({ url, token }: Access) {
    this.url = url
    this.#token = token
    this.#protocol = protocolOf(url)
    this.#agent = new this.#protocol.Agent({ keepAlive: true, maxSockets: 4 })
  }

  /** The body of a successful answer, parsed. @throws Refusal with the server's reason, or why it was not reached. */
  async json(path: string, call: Call = {}): Promise<unknown> {
    const { status, body } = await this.ask(path, call).catch((error: unknown) => {
      throw new Refusal(unreachable(this.url, error))
    })
    if (status < 200 || status > 299) throw new Refusal(reasonIn({ status, body }))
    return body === '' ? null : parse(body)
  }

  /** Whatever the server answers. Rejects only when no whole answer came. */
  async ask(path: string, call: Call = {}): Promise<Answer> {
    const response = await this.open(path, call)
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(Buffer.from(piece))
    return { status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }
  }

  /** The answer as it comes, for what streams. */
  async open(
    path: string,
    { method = 'GET', json, body, headers, silenceMs = 30_000, signal }: Call = {},
  ): Promise<IncomingMessage> {
    const content = json === undefined ? body : JSON.stringify(json)
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      timeout: silenceMs,
      ...(signal && { signal }),
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(content !== undefined && { 'content-length': Buffer.byteLength(content) }),
        ...headers,
      },
    }
    return new Promise((resolve, reject) => {
      const sent = this.#protocol.request(this.url + path, options, resolve)
      sent.on('error', reject)
      sent.on('timeout', () => sent.destroy(new Error(`no answer for ${silenceMs / 1000} s`)))
      sent.end(content)
    })
  }

  /** Lets the process end. */
  close(): void {
    this.#agent.destroy()
  }
}

/** The lines of an answer as they come, without their ends. */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  response.setEncoding('utf8')
  for await (const piece of response) {
    const lines = (rest + String(piece)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The reason of a refused request, in the server's words. */
export function reasonIn({ status, body }: Answer): string {
  const problem = parse(body)
  const isProblem = typeof problem === 'object' && problem !== null && 'detail' in problem
  return isProblem && typeof problem.detail === 'string' ? problem.detail : `The server answered ${status}.`
}

/** Why a request got no answer, as a sentence. */
export function unreachable(url: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = code || (error instanceof Error ? error.message : String(error))
  return `The server ${url} cannot be reached (${why}): does it run, and is THROUGHLINE_URL right?`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
