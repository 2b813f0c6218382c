import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, raw, refusals } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { Problem } from '../../platform/problem.ts'
import { transact } from '../../platform/sql.ts'
import { act, mutates } from '../audit/act.ts'
import {
  follower,
  newTicket,
  offered,
  ownAccount,
  proveAccount,
  proveReader,
  ticketHash,
  ticketLife,
} from './entitlement.ts'
import { filterIn } from './filter.ts'
import { admissionHeader, logOf } from './log-tailing.ts'
import type { Admission } from './log-tailing.ts'
import { tokenProtocol } from './protocol.ts'
import { insertTicket } from './queries.ts'
import type { Log } from './queries.ts'
import { LogEvent, NewTicket, ScriptName, StreamQuery, Ticket } from './schema.ts'

/** Live logs find out by themselves who is asking: a browser's WebSocket cannot send the header. */
export const livePath = '/ws/logs/'
export const ticketsPath = '/ws/tickets'

const missing = { 404: problem('The account is another one.') }

const follow = createRoute({
  tags: ['logs'],
  method: 'get',
  path: '/ws/logs/{account_id}/{script_name}',
  operationId: 'followLogs',
  summary: "Follow a script's events live",
  description:
    'A WebSocket, or Server-Sent Events for any other GET; docs/logs.md tells what is said on it. Needs the scope `read`, or a policy with Workers Tail Read for the script. The token comes in `Authorization`, as a subprotocol `throughline.token.<token>` beside a plain one, or by a ticket.',
  request: { query: StreamQuery, params: z.object({ account_id: z.string().max(100), script_name: ScriptName }) },
  responses: {
    101: { description: 'The WebSocket. Nothing comes before the client says `{"type":"start-stream"}`.' },
    200: raw(
      'Events, from `since` or the last 1,000 on.',
      'text/event-stream',
      LogEvent.pick({ seq: true, trace: true }),
    ),
    ...missing,
    ...refusals,
  },
})

const ticket = createRoute({
  tags: ['logs'],
  middleware: mutates('logs.ticket'),
  method: 'post',
  path: ticketsPath,
  operationId: 'issueLogTicket',
  summary: 'Get a ticket for a live log',
  description: 'It opens one connection to one log, within a minute, and ends with the token that asked for it.',
  request: { query: noQuery, body: body(NewTicket) },
  responses: { 201: json('The ticket, shown this once.', Ticket), ...missing, ...refusals },
})

export const liveLogs = api()
  .openapi(follow, async (c) => {
    const { account_id: account, script_name: script } = c.req.valid('param')
    const { ticket: given, ...query } = c.req.valid('query')
    const log = { account, script }
    const client = await follower(c, log, given ?? null)
    if (c.req.header('upgrade')?.toLowerCase() === 'websocket') return socket(c, log, client, query)
    const since = lastEventIn(c) ?? query.since ?? null
    const { body: events, headers } = await admitted(c, log, {
      mode: 'stream',
      client,
      since,
      filters: filterIn(query),
    })
    return new Response(events, { headers })
  })
  .openapi(ticket, async (c) => {
    const { account_id: account = ownAccount(c.env), script_name: script } = c.req.valid('json')
    proveAccount(c.env, account)
    const principal = c.get('principal')
    await proveReader(c.env, principal, { account, script })
    const value = newTicket()
    const { token, name: actor, expiresAt: tokenEnds } = principal
    const expiresAt = now() + ticketLife
    await transact(c.env.DEPLOYMENT_DB, [
      insertTicket({ hash: ticketHash(value), account, script, token, actor, tokenEnds, expiresAt }),
      act(c, 'logs.ticket', script),
    ])
    c.executionCtx.waitUntil(hint(c.env))
    const path = `${livePath}${account}/${encodeURIComponent(script)}`
    return c.json({ ticket: value, path, expires_at: iso(expiresAt) }, 201)
  })

type Client = Awaited<ReturnType<typeof follower>>

/** Opens a WebSocket. Of the subprotocols a plain one is echoed: a browser refuses an answer without any. */
async function socket(c: AppContext, log: Log, client: Client, query: object): Promise<Response> {
  if (Object.values(query).some((value) => value !== undefined))
    throw new Problem('invalid-request', 'A WebSocket says what it wants in its start-stream message.')
  const protocols = offered(c)
  const plain = protocols.find((one) => !one.startsWith(tokenProtocol))
  if (protocols.length > 0 && plain === undefined)
    throw new Problem('invalid-request', 'Offer a plain subprotocol beside the one with the token.')
  const idle = { state: 'idle', filters: null, acked: 0, cursor: 0, strikes: 0 } as const
  const { webSocket } = await admitted(c, log, { mode: 'logs', client, ...idle })
  return new Response(null, {
    status: 101,
    webSocket,
    headers: plain === undefined ? {} : { 'sec-websocket-protocol': plain },
  })
}

/** Lets somebody in at a log. */
async function admitted(c: AppContext, log: Log, admission: Admission): Promise<Response> {
  const upgrade: Record<string, string> = admission.mode === 'stream' ? {} : { upgrade: 'websocket' }
  const headers = { ...upgrade, [admissionHeader]: encodeURIComponent(JSON.stringify(admission)) }
  return logOf(c.env, log).fetch('http://log/', { headers })
}

function lastEventIn(c: AppContext): number | null {
  const id = c.req.header('last-event-id') ?? ''
  return /^\d{1,15}$/.test(id) ? Number(id) : null
}
