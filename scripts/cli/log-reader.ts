import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'
import { linesOf } from './api.ts'
import type { Server } from './api.ts'
import { pathWith } from './connection.ts'
import { refuseProblem } from './event-source.ts'
import { tell } from './output.ts'

const LogLine = z.object({ line: z.int(), text: z.string() })
export type LogLine = z.infer<typeof LogLine>

/** How a read ended: `broke` tells why the answer is not whole, `answered` whether there was one at all. */
export type Ending = { readonly lines: number; readonly broke: unknown; readonly answered: boolean }

/** So long nothing came that the connection may be dead; it is asked again from the next line. */
const silenceMs = 60_000

/** Reads the lines of a run in order, each once, over however many connections. */
export class LogReader {
  readonly #server: Server
  readonly #path: string
  readonly #show: (line: LogLine, json: string) => Promise<void>
  /** The line that is wanted next. */
  next: number

  /** @param show is called for each line, with it as the server sent it. */
  constructor(server: Server, run: string, from: number, show: (line: LogLine, json: string) => Promise<void>) {
    this.#server = server
    this.#path = `/api/deployments/${encodeURIComponent(run)}/logs`
    this.#show = show
    this.next = from
  }

  /** Reads what there is, or with `follow` what comes, too. @throws Refusal when the server refuses. */
  async read(follow: boolean): Promise<Ending> {
    const from = this.next
    let answered = false
    try {
      const response = await this.#open(follow)
      await refuseProblem(response)
      answered = true
      for await (const json of linesOf(response)) await this.#take(json)
      return { lines: this.next - from, broke: null, answered }
    } catch (error) {
      if (error instanceof Refusal) throw error
      return { lines: this.next - from, broke: error, answered }
    }
  }

  /** Reads all there is; the server may give it in parts, the last of which is empty. */
  async readAll(): Promise<Ending> {
    for (;;) {
      const ending = await this.read(false)
      if (ending.broke !== null || ending.lines === 0) return ending
    }
  }

  async #open(follow: boolean): Promise<IncomingMessage> {
    return this.#server.open(pathWith(this.#path, { from: this.next, follow: follow ? 1 : null }), { silenceMs })
  }

  /** An empty line keeps the connection alive; a half one is what a broken connection left. */
  async #take(json: string): Promise<void> {
    if (json === '') return
    const line = LogLine.parse(JSON.parse(json))
    if (line.line < this.next) return
    if (line.line > this.next) tell(`Lines ${this.next} to ${line.line - 1} have not arrived.`)
    await this.#show(line, json)
    this.next = line.line + 1
  }
}
