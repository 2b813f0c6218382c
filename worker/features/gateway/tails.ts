import { z } from '@hono/zod-openapi'
import type { AppContext } from '../../platform/api.ts'
import { readBytes } from '../../platform/body.ts'
import { now } from '../../platform/clock.ts'
import {
  endOwnTail,
  followOwnTail,
  openedAnswer,
  OwnTail,
  ownTailFor,
  sendsTraces,
  tailedScript,
} from '../tails/own-tails.ts'
import { accountOf } from './account.ts'
import type { Account } from './account.ts'
import { spend } from './allowance.ts'
import type { Call } from './call.ts'
import { Refused } from './envelope.ts'

/** How long an address of ours leads to a tail, in milliseconds. Cloudflare ends tails sooner. */
const lifetime = 6 * 3_600_000
/** Where tails are followed: whoever has the address may, as with Cloudflare's own. */
export const tailsPath = '/client/v4/tails/'

/** What the filters of a tail may be. */
const limit = { bytes: 64_000, idleMs: 30_000, totalMs: 60_000 }

const Opened = z.looseObject({ result: z.looseObject({ url: z.string().optional(), wsUrl: z.string().optional() }) })
const Sealed = z.object({ to: z.union([z.object({ url: z.string() }), OwnTail]), until: z.int() })
type Target = z.infer<typeof Sealed>['to']

/** Whether the answer of a call tells the address of a WebSocket. */
export function opensTail({ operation: { method, template } }: Call): boolean {
  return method === 'POST' && /\/(?:tails|telemetry\/live-tail)$/.test(template.join('/'))
}

/** The same answer with an address of ours: the WebSocket would go past the gateway otherwise. */
export async function withOwnAddress(c: AppContext, account: Account, answer: unknown): Promise<unknown> {
  const opened = Opened.safeParse(answer).data
  if (!opened) return answer
  const { url, wsUrl } = opened.result
  const result = {
    ...opened.result,
    ...(url !== undefined && { url: await addressFor(c, account, { url }) }),
    ...(wsUrl !== undefined && { wsUrl: await addressFor(c, account, { url: wsUrl }) }),
  }
  return { ...opened, result }
}

/** The address holds where it leads, encrypted: nothing need be remembered, and nobody can make one up. */
async function addressFor(c: AppContext, account: Account, to: Target): Promise<string> {
  const plain = new TextEncoder().encode(JSON.stringify({ to, until: now() + lifetime }))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyFor(account), plain)
  const { origin } = new URL(c.req.url)
  const name = Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url')
  return `${origin.replace(/^http/, 'ws')}${tailsPath}${name}`
}

async function keyFor({ token }: Account): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`tails ${token}`))
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/**
 * Answers who opens or ends a tail of a script that sends us its traces: it is followed here, by any number at a time.
 * Null when it is Cloudflare's to answer.
 */
export async function ownTailAnswer(c: AppContext, account: Account, call: Call): Promise<Response | null> {
  const script = tailedScript(call)
  if (script === null) return null
  if (call.operation.method === 'DELETE') return endOwnTail(c.env, account, script, call.operation.parameters[2] ?? '')
  if (!(await sendsTraces(account, script, () => spend(c, c.get('principal'))))) return null
  const tail = ownTailFor(c, account, script, await readBytes(c.req.raw, limit))
  return openedAnswer(tail, await addressFor(c, account, tail))
}

/** Follows a tail for a client, and hands everything on as it comes. */
export async function followTail(c: AppContext): Promise<Response> {
  const account = accountOf(c.env)
  const to = await unsealed(account, c.req.path.slice(tailsPath.length))
  if (to === null) throw new Refused(404, { code: 7003, message: 'There is no such tail.' })
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
    throw new Refused(426, { code: 7001, message: 'A tail is a WebSocket.' }, { upgrade: 'websocket' })
  if ('script' in to) return followOwnTail(c, account, to)
  const far = await openFar(c, to.url)
  const [client, near] = Object.values(new WebSocketPair())
  if (!client || !near) throw new Error('A pair has two ends.')
  join(near, far.webSocket)
  return new Response(null, { status: 101, webSocket: client, headers: far.headers })
}

/** Cloudflare's end of a tail, and the headers that tell the client which protocol was chosen. */
async function openFar(c: AppContext, url: string): Promise<{ webSocket: WebSocket; headers: Record<string, string> }> {
  const protocol = c.req.header('sec-websocket-protocol')
  const chosen: Record<string, string> = protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }
  const agent = c.req.header('user-agent') ?? 'throughline'
  const headers = { upgrade: 'websocket', 'user-agent': agent, ...chosen }
  const { webSocket } = (await fetch(url.replace(/^ws/, 'http'), { headers }).catch(() => null)) ?? { webSocket: null }
  if (!webSocket) throw new Refused(502, { code: 10_002, message: 'Cloudflare did not open the tail.' })
  return { webSocket, headers: chosen }
}

async function unsealed(account: Account, name: string): Promise<Target | null> {
  try {
    const bytes = new Uint8Array(Buffer.from(name, 'base64url'))
    const iv = bytes.subarray(0, 12)
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyFor(account), bytes.subarray(12))
    const { to, until } = Sealed.parse(JSON.parse(new TextDecoder().decode(plain)))
    return until > now() ? to : null
  } catch {
    return null
  }
}

function join(one: WebSocket, other: WebSocket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.accept()
    from.addEventListener('message', ({ data }) => to.send(data))
    // Codes that only say how a connection was lost cannot be sent.
    from.addEventListener('close', ({ code, reason }) => to.close(code === 1005 || code === 1006 ? 1011 : code, reason))
    from.addEventListener('error', () => to.close(1011, 'The other side was lost.'))
  }
}
