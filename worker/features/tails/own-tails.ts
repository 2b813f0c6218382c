import { createHmac, randomBytes } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { AppContext } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import manifest from '../../wrangler.json' with { type: 'json' }
import { addressOf } from '../access/authentication.ts'
import { isSameSecret } from '../access/token.ts'
import type { Account } from '../gateway/account.ts'
import type { Call } from '../gateway/call.ts'
import { ok, Refused } from '../gateway/envelope.ts'
import { ask, jsonOf } from '../gateway/upstream.ts'
import { admissionHeader, logOf } from './log-tailing.ts'
import type { Admission } from './log-tailing.ts'
import { TraceFilter } from './trace-filter.ts'

/** How long the address of a tail leads to it, in milliseconds. */
const lifetime = 6 * 3_600_000

const Asked = z.object({ filters: z.array(TraceFilter).max(20).nullish() })
const Consumers = z.object({
  result: z.object({ tail_consumers: z.array(z.object({ service: z.string() })).nullish() }),
})

/** A tail that is served from our own log, as its address holds it. */
export const OwnTail = z.object({
  script: z.string(),
  tail: z.string(),
  filters: z.array(TraceFilter),
  token: z.int().nullable(),
  until: z.int().nullable(),
})
export type OwnTail = z.infer<typeof OwnTail>

/** The script that a call opens a tail of (POST), or ends one of (DELETE), or null. */
export function tailedScript({ operation: { method, template }, target }: Call): string | null {
  const isOne = template.join('/').startsWith('accounts/{}/workers/scripts/{}/tails')
  return isOne && (method === 'POST' || method === 'DELETE') ? target.resources[0].name : null
}

/**
 * Whether a script sends us its traces, so that any number may follow it here; Cloudflare itself lets ten.
 * @param pay counts the call that asking costs
 */
export async function sendsTraces(account: Account, script: string, pay: () => Promise<void>): Promise<boolean> {
  await pay()
  const path = `/accounts/${account.id}/workers/scripts/${encodeURIComponent(script)}/script-settings`
  const settings = await ask(account, path)
  const parsed = settings.ok ? Consumers.safeParse(await jsonOf(settings)).data : undefined
  return parsed?.result.tail_consumers?.some(({ service }) => service === manifest.name) ?? false
}

/** @param body as the client sent it: what filters it wants */
export function ownTailFor(c: AppContext, account: Account, script: string, body: Uint8Array): OwnTail {
  const asked = Asked.safeParse(jsonIn(body)).data
  if (!asked) throw new Refused(400, { code: 10_026, message: 'The filters of the tail are not valid.' })
  const { token, expiresAt } = c.get('principal')
  const until = Math.min(expiresAt ?? Infinity, now() + lifetime)
  return { script, tail: newName(account, script), filters: asked.filters ?? [], token, until }
}

/** The answer that tells where a tail is followed. */
export function openedAnswer({ tail }: OwnTail, url: string): Response {
  return ok({ id: tail, url, expires_at: iso(now() + lifetime) })
}

/** Lets a viewer of `trace-v1` in at the log. */
export async function followOwnTail(c: AppContext, account: Account, tail: OwnTail): Promise<Response> {
  const offered = (c.req.header('sec-websocket-protocol') ?? '').split(/\s*,\s*/)
  if (!offered.includes('trace-v1')) throw new Refused(400, { code: 7001, message: 'A tail speaks trace-v1.' })
  const { script, token, until, filters } = tail
  const client = { token, until }
  const admission: Admission = { mode: 'trace', client, tail: tail.tail, address: addressOf(c), filters, sent: 0 }
  const headers = { upgrade: 'websocket', [admissionHeader]: encodeURIComponent(JSON.stringify(admission)) }
  const { webSocket } = await logOf(c.env, { account: account.id, script }).fetch('http://log/', { headers })
  return new Response(null, { status: 101, webSocket, headers: { 'sec-websocket-protocol': 'trace-v1' } })
}

/** Ends a tail of ours. @returns null when it is none: it may be Cloudflare's */
export async function endOwnTail(env: Env, account: Account, script: string, tail: string): Promise<Response | null> {
  if (!isName(account, script, tail)) return null
  await logOf(env, { account: account.id, script }).endTail(tail)
  return ok(null)
}

/** A tail's name looks like Cloudflare's; what it ends with proves that it is ours, and for which script. */
function newName(account: Account, script: string): string {
  const start = randomBytes(8).toString('hex')
  return start + proofOf(account, script, start)
}

function isName(account: Account, script: string, name: string): boolean {
  const start = name.slice(0, 16)
  return isSameSecret(name.slice(16), proofOf(account, script, start))
}

function proofOf({ token }: Account, script: string, start: string): string {
  return createHmac('sha256', `tails ${token}`).update(`${script} ${start}`).digest('hex').slice(0, 16)
}

function jsonIn(body: Uint8Array): unknown {
  try {
    return body.byteLength === 0 ? {} : JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return null
  }
}
