import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Secrets } from '../../platform/redact.ts'
import manifest from '../../wrangler.json' with { type: 'json' }
import { shownTrace } from './hiding.ts'

/** Levels from what matters least; `log` and `info` are one. */
const ranks: Readonly<Record<string, number>> = { debug: 0, log: 1, info: 1, warn: 2, error: 3 }
export const Level = z.enum(['debug', 'log', 'info', 'warn', 'error'])

/** Outcomes that are nobody's failure. */
const fine = new Set(['ok', 'canceled', 'responseStreamDisconnected'])

/** An event may be so many characters of JSON: a row of the log's SQLite holds 2 MB, and a character may be three bytes. */
const longest = 600_000

/** A longer one would be no key of R2, and with a slash a script would write into the log of another. */
const Name = z.string().regex(/^[\w-]{1,255}$/)

const Trace = z.looseObject({
  scriptName: Name,
  dispatchNamespace: Name.or(z.literal('')).nullish(),
  outcome: z.string().catch('unknown'),
  logs: z.array(z.looseObject({ level: z.string().catch('log') })).catch([]),
  exceptions: z.array(z.unknown()).catch([]),
  eventTimestamp: z.number().nullish().catch(null),
  event: z.unknown().optional(),
})
type Trace = z.infer<typeof Trace>

const Requested = z.object({ request: z.object({ headers: z.looseObject({ 'cf-ray': z.string().min(1) }) }) })

/** An event of a script as its log takes it in. */
export type Arrival = {
  /** Cloudflare's trace as JSON, its secrets hidden. */
  readonly body: string
  readonly rank: number
  readonly outcome: string
  /** The same whenever the same event arrives; null when nothing tells it from another like it. */
  readonly digest: string | null
}

/** The level that somebody names, as a number. */
export function rankOf(level: string): number {
  return ranks[level] ?? 1
}

/**
 * The events of a delivery by script: `<namespace>/<script>` in a dispatch namespace. The control plane's own are left
 * out: each would make another.
 */
export function arrivalsIn(events: readonly unknown[], secrets: Secrets): ReadonlyMap<string, readonly Arrival[]> {
  const found = new Map<string, Arrival[]>()
  for (const event of events) {
    const raw = textOf(event)
    const trace = Trace.safeParse(JSON.parse(raw)).data
    if (!trace) continue
    const script = trace.dispatchNamespace ? `${trace.dispatchNamespace}/${trace.scriptName}` : trace.scriptName
    if (script === manifest.name) continue
    found.set(script, [...(found.get(script) ?? []), arrivalOf(trace, raw, secrets)])
  }
  return found
}

/** JSON has no large whole numbers. */
function withText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/** A trace as JSON. Of one that is nested too deep to be walked only what names it. */
function textOf(event: unknown): string {
  try {
    return JSON.stringify(event, withText) ?? 'null'
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const names = ['scriptName', 'dispatchNamespace', 'outcome', 'eventTimestamp']
    const known = names.map((name) => [name, Reflect.get(Object(event), name)])
    return JSON.stringify({ ...Object.fromEntries(known), truncated: true })
  }
}

function arrivalOf(trace: Trace, raw: string, secrets: Secrets): Arrival {
  const isFailed = trace.exceptions.length > 0 || !fine.has(trace.outcome)
  const rank = isFailed ? 3 : Math.max(1, ...trace.logs.map(({ level }) => rankOf(level)))
  const isKnown = Requested.safeParse(trace.event).success
  const digest = isKnown ? createHash('sha256').update(raw).digest('base64url').slice(0, 22) : null
  return {
    body: fitted(trace, secrets),
    rank: onlyDebug(trace) && !isFailed ? 0 : rank,
    outcome: trace.outcome,
    digest,
  }
}

/** What printed nothing but debugging is worth no more. */
function onlyDebug({ logs }: Trace): boolean {
  return logs.length > 0 && logs.every(({ level }) => level === 'debug')
}

/** As much of a trace as a log takes; what is left out is told by `truncated`, as Cloudflare tells it. */
function fitted(trace: Trace, secrets: Secrets): string {
  const body = walked(trace, secrets)
  if (body !== null && body.length <= longest) return body
  const { scriptName, outcome, eventTimestamp, event, exceptions } = trace
  const bare = { scriptName, outcome, eventTimestamp, truncated: true }
  for (const less of [
    { ...trace, logs: shortened(trace.logs), truncated: true },
    { ...bare, event, exceptions },
  ]) {
    const shorter = walked(less, secrets)
    if (shorter !== null && shorter.length <= longest) return shorter
  }
  return JSON.stringify({ ...bare, logs: [], exceptions: [], event: null })
}

/** Null when it is nested too deep to be walked. */
function walked(trace: Readonly<Record<string, unknown>>, secrets: Secrets): string | null {
  try {
    return shownTrace(trace, secrets)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The first lines, up to half of what an event may be. */
function shortened(logs: Trace['logs']): Trace['logs'] {
  let left = longest / 2
  return logs.filter((log) => {
    left -= JSON.stringify(log).length
    return left > 0
  })
}
