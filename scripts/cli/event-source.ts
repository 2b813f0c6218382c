import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { Refusal } from '../embedded/refusal.ts'
import { linesOf, reasonIn } from './api.ts'
import type { Server } from './api.ts'
import { plain } from './text.ts'

/** One of the Server-Sent Events: what it is called, its content, and the place after which a next connection goes on. */
type ServerSent = { readonly event: string; readonly data: string; readonly id: string | null }

/** The server says every 15 s that it is still there. */
const silenceMs = 45_000

/** Reads Server-Sent Events over however many connections, each once. */
export class EventSource {
  readonly #server: Server
  readonly #path: string
  readonly #show: (event: string, data: string) => Promise<void>
  #id: string | null

  /** @param id the event after which to begin, or null; @param show is called for each event */
  constructor(server: Server, path: string, id: string | null, show: (event: string, data: string) => Promise<void>) {
    this.#server = server
    this.#path = path
    this.#id = id
    this.#show = show
  }

  /** The newest event that was shown. */
  get last(): string | null {
    return this.#id
  }

  /** Reads until the connection ends. @returns why, and whether anything came. @throws Refusal when the server refuses. */
  async read(): Promise<{ readonly broke: unknown; readonly answered: boolean }> {
    let answered = false
    try {
      const headers = { accept: 'text/event-stream', ...(this.#id !== null && { 'last-event-id': this.#id }) }
      const response = await this.#server.open(this.#path, { headers, silenceMs })
      await refuseProblem(response)
      answered = true
      for await (const { event, data, id } of blocksOf(response)) {
        if (data !== '') await this.#show(event, data)
        this.#id = id ?? this.#id
      }
      return { broke: null, answered }
    } catch (error) {
      if (error instanceof Refusal) throw error
      return { broke: error, answered }
    }
  }
}

/** A block ends with an empty line; what a broken connection left of one is not shown, and comes again. */
async function* blocksOf(response: IncomingMessage): AsyncGenerator<ServerSent> {
  let lines: string[] = []
  for await (const line of linesOf(response)) {
    if (line !== '') lines.push(line)
    else {
      yield {
        event: fieldOf(lines, 'event') ?? 'message',
        data: fieldOf(lines, 'data') ?? '',
        id: fieldOf(lines, 'id'),
      }
      lines = []
    }
  }
}

function fieldOf(lines: readonly string[], name: string): string | null {
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null
}

/** A server that is not able to answer just now is a broken connection; any other refusal is final. */
export async function refuseProblem(response: IncomingMessage): Promise<void> {
  const { statusCode: status = 0 } = response
  if (status === 200) return
  const reason = plain(reasonIn({ status, body: await text(response) }))
  throw status >= 500 || status === 429 ? new Error(reason) : new Refusal(reason)
}
