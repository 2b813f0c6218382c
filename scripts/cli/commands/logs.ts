import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'
import { unreachable } from '../api.ts'
import type { Server } from '../api.ts'
import { connected, understood } from '../connection.ts'
import { LogReader } from '../log-reader.ts'
import type { LogLine } from '../log-reader.ts'
import { command } from '../options.ts'
import { paint, tell } from '../output.ts'
import { Printer } from '../printer.ts'
import { plainJson, plainLines } from '../text.ts'

/** A server may be away so long, in milliseconds, until following it is given up. */
const patienceMs = 5 * 60_000
const longestPauseMs = 10_000

const Run = z.object({ finished_at: z.string().nullable() })

export const logs = command({
  operands: ['id'],
  options: {
    follow: { short: 'f', summary: 'Goes on while the run does, over broken connections, and ends with it.' },
    from: { value: '<line>', summary: 'Begins with this line; the first is 1.' },
    json: { summary: "The API's JSON, one object a line." },
  },
  run: (given) =>
    connected(async (server) => {
      const printer = new Printer()
      const show = shownAs(given.has('json'), printer)
      const run = given.operand('id')
      const reader = new LogReader(server, run, given.whole('from', 1) ?? 1, show)
      process.once('SIGINT', () => process.exit(130))
      await (given.has('follow') ? follow(server, run, reader) : print(server, reader))
      await printer.flush()
      return 0
    }),
})

function shownAs(asJson: boolean, printer: Printer) {
  return async (line: LogLine, json: string): Promise<void> => {
    if (asJson) return printer.print(process.stdout.isTTY ? plainJson(json) : json)
    for (const text of plainLines(line.text)) await printer.print(coloured(text))
  }
}

/** The colours that Terraform gives to these signs and words. */
const marks: readonly (readonly [RegExp, Parameters<typeof paint>[1]])[] = [
  [/^ *\+(?= )/, 'green'],
  [/^ *-(?= )/, 'red'],
  [/^ *~(?= )/, 'yellow'],
  [/^[│╷╵ ]*Error:/, 'red'],
  [/^[│╷╵ ]*Warning:/, 'yellow'],
]

function coloured(line: string): string {
  for (const [mark, style] of marks) {
    const [found] = mark.exec(line) ?? []
    if (found !== undefined) return paint(found, style) + line.slice(found.length)
  }
  return line
}

async function print(server: Server, reader: LogReader): Promise<void> {
  const { broke } = await reader.readAll()
  if (broke !== null) throw new Refusal(unreachable(server.url, broke))
}

/** Follows until the run has ended and nothing is left; a server that never answered is not waited for. */
async function follow(server: Server, run: string, reader: LogReader): Promise<void> {
  let heard: number | null = null
  for (let failures = 0; ;) {
    const { lines, broke, answered } = await reader.read(true)
    if (broke === null && (await isAllTold(server, run, reader))) return
    if (answered) heard = Date.now()
    failures = broke === null || lines > 0 ? 1 : failures + 1
    if (heard === null || Date.now() - heard > patienceMs) throw new Refusal(unreachable(server.url, broke))
    if (failures === 2) tell(`The connection broke; trying again from line ${reader.next}.`)
    await sleep(Math.min(longestPauseMs, 100 * 2 ** failures))
  }
}

/** The server also ends an answer in which nothing came for long: whether the run has ended, and the last line is read. */
async function isAllTold(server: Server, run: string, reader: LogReader): Promise<boolean> {
  return (await hasEnded(server, run)) && (await reader.readAll()).broke === null
}

/** Whether the run has ended; not, as far as is known, while the server cannot tell. */
async function hasEnded(server: Server, run: string): Promise<boolean> {
  const answer = await server.ask(`/api/deployments/${encodeURIComponent(run)}`).catch(() => null)
  return answer?.status === 200 && understood(Run, answer.body).finished_at !== null
}
