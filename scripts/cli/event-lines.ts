import { z } from 'zod'
import { stamp } from './moments.ts'
import { paint } from './output.ts'
import { plain, plainLines } from './text.ts'

const Request = z.object({ method: z.string(), url: z.string() })
const Event = z.object({
  request: Request.nullish(),
  response: z.object({ status: z.number() }).nullish(),
  cron: z.string().nullish(),
  queue: z.string().nullish(),
  rpcMethod: z.string().nullish(),
})

/** An event as the live log shows it. */
export const LogEvent = z.object({
  seq: z.int(),
  at: z.string(),
  trace: z.object({
    outcome: z.string().catch('unknown'),
    event: Event.nullish().catch(null),
    logs: z.array(z.object({ level: z.string(), message: z.unknown() })).catch([]),
    exceptions: z.array(z.object({ name: z.string(), message: z.string(), stack: z.string().nullish() })).catch([]),
    truncated: z.boolean().nullish().catch(null),
  }),
})
type LogEvent = z.infer<typeof LogEvent>

const colours: Readonly<Record<string, Parameters<typeof paint>[1]>> = { warn: 'yellow', error: 'red', debug: 'gray' }

/** An event for a person: what happened, and below it what was printed and thrown. */
export function linesOfEvent({ seq, at, trace }: LogEvent): string[] {
  const { outcome, logs, exceptions, truncated } = trace
  const shownOutcome = outcome === 'ok' ? 'ok' : paint(plain(outcome), 'red')
  return [
    `${stamp(at)}  ${paint(`#${seq}`, 'gray')}  ${shownOutcome}  ${plain(whatIn(trace.event ?? {}))}`,
    ...logs.flatMap(({ level, message }) => block(`(${plain(level)}) ${textOf(message)}`, level)),
    ...exceptions.flatMap((one) => block(thrown(one), 'error')),
    ...(truncated ? ['    … the rest was too much'] : []),
  ]
}

function whatIn({ request, response, cron, queue, rpcMethod }: z.infer<typeof Event>): string {
  if (request) return `${request.method} ${request.url}${response ? ` → ${response.status}` : ''}`
  if (cron) return `cron ${cron}`
  if (queue) return `queue ${queue}`
  return rpcMethod ? `rpc ${rpcMethod}` : 'an event'
}

/** What was thrown. A stack begins with it, or, as Cloudflare sends it, only with where it was. */
function thrown({ name, message, stack }: LogEvent['trace']['exceptions'][number]): string {
  const what = `${name}: ${message}`
  if (!stack) return what
  return stack.startsWith(what) ? stack : `${what}\n${stack}`
}

function block(text: string, level: string): string[] {
  const colour = colours[level]
  return plainLines(text).map((line) => `    ${colour === undefined ? line : paint(line, colour)}`)
}

/** What was printed, as the console joins it. */
function textOf(message: unknown): string {
  const parts: readonly unknown[] = Array.isArray(message) ? message : [message]
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')
}
