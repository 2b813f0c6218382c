import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'
import { unreachable } from '../api.ts'
import type { Server } from '../api.ts'
import { Misuse } from '../command.ts'
import { connected, pathWith, textOf, understood } from '../connection.ts'
import { LogEvent, linesOfEvent } from '../event-lines.ts'
import { EventSource } from '../event-source.ts'
import { command } from '../options.ts'
import type { Given } from '../options.ts'
import { tell } from '../output.ts'
import { Printer } from '../printer.ts'
import { plain, plainJson } from '../text.ts'

/** A server may be away so long, in milliseconds, until following it is given up. */
const patienceMs = 5 * 60_000
const longestPauseMs = 10_000

const Accounts = z.object({ result: z.array(z.object({ id: z.string() })).min(1) })
const Gap = z.object({ after: z.int(), next: z.int() })
const End = z.object({ reason: z.string() })

const sending = 'A script sends its events here once `PUT /sdk/workers/scripts/<script>/tail` was called: docs/logs.md.'
const quiet = `There are no events yet. ${sending}`

export const tail = command({
  operands: ['script'],
  options: {
    since: { value: '<n>', summary: 'Begins after this event; otherwise with the last 1,000.' },
    level: { value: '<level>', summary: 'debug, log, info, warn or error, and worse.' },
    outcome: { value: '<outcome>', summary: 'Only these, with commas: exception,exceededCpu.' },
    text: { value: '<text>', summary: 'Only events that hold it, whatever its case.' },
    sampling: { value: '<share>', summary: 'A share of the events, such as 0.1.' },
    format: { value: '<format>', summary: 'pretty, or json: an object a line, as the server sent it.' },
  },
  more: sending,
  run: (given) =>
    connected(async (server) => {
      const printer = new Printer()
      const path = await pathFor(server, given)
      const since = given.whole('since', 0)
      const source = new EventSource(server, path, since === null ? null : String(since), shownAs(given, printer))
      process.once('SIGINT', () => process.exit(130))
      setTimeout(() => source.last === null && tell(quiet), 10_000).unref()
      await follow(server, source)
      return 0
    }),
})

async function pathFor(server: Server, given: Given): Promise<string> {
  const [account] = understood(Accounts, await textOf(server, '/client/v4/accounts')).result
  const values = Object.fromEntries(['level', 'outcome', 'text', 'sampling'].map((name) => [name, given.text(name)]))
  return pathWith(`/ws/logs/${account?.id ?? ''}/${encodeURIComponent(given.operand('script'))}`, values)
}

function shownAs(given: Given, printer: Printer): (event: string, data: string) => Promise<void> {
  const format = given.text('format') ?? 'pretty'
  if (format !== 'pretty' && format !== 'json') throw new Misuse(`--format is pretty or json, not ${plain(format)}.`)
  return async (event, data) => {
    if (event === 'gap') return tellGap(data)
    if (event === 'end') throw new Refusal(plain(understood(End, data).reason))
    if (format === 'json') return printer.print(process.stdout.isTTY ? plainJson(data) : data)
    for (const line of linesOfEvent(understood(LogEvent, data))) await printer.print(line)
  }
}

function tellGap(data: string): void {
  const { after, next } = understood(Gap, data)
  tell(
    after < next
      ? `Events ${after + 1} to ${next - 1} are kept no more.`
      : `There was no event ${after}: this goes on with event ${next}.`,
  )
}

/** Follows over broken connections; a server that never answered is not waited for. */
async function follow(server: Server, source: EventSource): Promise<never> {
  let heard: number | null = null
  for (let failures = 0; ;) {
    const { broke, answered } = await source.read()
    failures = answered ? 1 : failures + 1
    if (answered) heard = Date.now()
    if (heard === null || Date.now() - heard > patienceMs) throw new Refusal(unreachable(server.url, broke))
    if (failures === 2) tell(`The connection broke; trying again after event ${source.last ?? 'none'}.`)
    await sleep(Math.min(longestPauseMs, 100 * 2 ** failures))
  }
}
