import { z } from '@hono/zod-openapi'
import { DurableObject } from 'cloudflare:workers'
import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { livingTokens } from '../access/queries.ts'
import { storeBatch } from './archive.ts'
import { Audience } from './audience.ts'
import { EventStore } from './event-store.ts'
import { EventStreams } from './event-streams.ts'
import { Filter } from './filter.ts'
import type { Kept } from './filter.ts'
import { ping, pong } from './protocol.ts'
import { retentionDays } from './queries.ts'
import type { Log } from './queries.ts'
import { ReadPage } from './read-page.ts'
import type { Wanted } from './read-page.ts'
import { TraceAudience } from './trace-audience.ts'
import type { Arrival } from './trace.ts'
import { Attachment, Ticketed } from './viewer.ts'

/** Events of so many milliseconds go out together: each would cost every viewer a frame. */
const together = 5
/** So many events, and so many characters unless one has more, are a frame. */
const frameEvents = 500
const frameCharacters = 250_000
/** Events wait so long for R2, or until there are so many characters of them. */
const storeAfter = 60_000
const storeFrom = 1_000_000
const batchesAtOnce = 10
/** Events that are not stored yet are looked at for one request. */
const lookedAt = 5000
/** How often it is asked whether those who follow still may. */
const checkAfter = 60_000
/** Events wait no longer than that for the answer: a database that is away must not stop what is live. */
const longestCheck = 2000

/** Whom the Worker lets in: a socket, or a stream of events. Only the Worker can reach this object. */
export const Admission = z.union([
  Attachment,
  z.object({
    mode: z.literal('stream'),
    client: Ticketed,
    since: z.int().nullable(),
    filters: Filter.nullable(),
  }),
])
export type Admission = z.infer<typeof Admission>

/** The header that carries an admission as JSON, percent-encoded. */
export const admissionHeader = 'throughline-admission'

/** The log of a script: one object per account and script. */
export function logOf(env: Env, { account, script }: Log): DurableObjectStub<LogTailingDO> {
  return env.LOG_TAILING_DO.getByName(`${account}/${script}`)
}

/**
 * One script's live log. It numbers what arrives, keeps the newest of it, sends it to everybody who follows, and holds
 * it until it is stored in R2. Sockets sleep with it.
 */
export class LogTailingDO extends DurableObject<Env> {
  readonly #store: EventStore
  readonly #audience: Audience
  readonly #traces: TraceAudience
  readonly #streams: EventStreams
  /** What has arrived and was not sent yet. */
  #fresh: Kept[] = []
  #alarmAt = Infinity
  #failures = 0
  #checkedAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new EventStore(ctx.storage)
    this.#audience = new Audience(this.#store)
    this.#traces = new TraceAudience(this.#store)
    this.#streams = new EventStreams(this.#store)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(ping, pong))
    for (const socket of ctx.getWebSockets()) this.#admit(socket, Attachment.parse(socket.deserializeAttachment()))
  }

  /** Takes in a delivery. Once it returns nothing of it is lost. @param id the same when a delivery comes again */
  receiveTail(log: Log, id: string, arrivals: readonly Arrival[]): void {
    const at = now()
    const added = this.#store.append(`${log.account}/${log.script}`, id, arrivals, at)
    if (added.length === 0) return
    if (this.#fresh.length === 0) setTimeout(() => this.ctx.waitUntil(this.#flush()), together)
    this.#fresh.push(...added)
    this.#storeSoon(at)
  }

  /** Lets in whom the Worker has found entitled. */
  override async fetch(request: Request): Promise<Response> {
    const admission = Admission.parse(JSON.parse(decodeURIComponent(request.headers.get(admissionHeader) ?? 'null')))
    if (admission.mode === 'stream') return this.#streams.open(admission)
    const [client, server] = Object.values(new WebSocketPair())
    if (!client || !server) throw new Error('A pair has two ends.')
    this.ctx.acceptWebSocket(server)
    server.serializeAttachment(admission)
    this.#admit(server, admission)
    this.#traces.resume(server, (this.#fresh[0]?.seq ?? this.#store.head + 1) - 1)
    return new Response(null, { status: 101, webSocket: client })
  }

  #admit(socket: WebSocket, known: Attachment): void {
    if (known.mode === 'logs') this.#audience.admit(socket, known)
    else this.#traces.admit(socket, known)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#audience.hear(socket, message)
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#leave(socket)
    // A close is answered; codes that only say how a connection was lost cannot be sent.
    if (code !== 1005 && code !== 1006) socket.close(code, reason)
    else socket.close()
  }

  override webSocketError(socket: WebSocket): void {
    this.#leave(socket)
  }

  #leave(socket: WebSocket): void {
    this.#audience.leave(socket)
    this.#traces.leave(socket)
  }

  /** Ends the sockets of one of our tails. */
  endTail(tail: string): void {
    this.#traces.end(tail)
  }

  /** Events that are not stored yet, newest first; up to where all is; and where to go on, when that was not all. */
  unarchived(wanted: Wanted): { archived: number; events: Kept[]; next: number | null } {
    const archived = this.#store.waiting() === 0 ? Number.MAX_SAFE_INTEGER - 1 : this.#store.archived
    const page = new ReadPage(wanted)
    let looked = 0
    for (const event of this.#store.unarchived(wanted.before)) {
      looked += 1
      if (looked > lookedAt) return { archived, events: page.events, next: event.seq + 1 }
      if (event.at < wanted.since || page.take(event)) break
    }
    return { archived, events: page.events, next: null }
  }

  /** Who may look no more is sent away first: on a quiet log the next event may come long after that. */
  async #flush(): Promise<void> {
    if (now() - this.#checkedAt > checkAfter) await within(longestCheck, this.#check())
    const fresh = this.#fresh
    this.#fresh = []
    for (const piece of pieces(fresh)) {
      this.#audience.tell(piece)
      this.#traces.tell(piece)
    }
    this.#streams.wake()
  }

  /** Sends those away whose token was deleted. */
  async #check(): Promise<void> {
    this.#checkedAt = now()
    const clients = [...this.#audience.clients, ...this.#traces.clients, ...this.#streams.clients]
    const tokens = [...new Set(clients.flatMap(({ token }) => (token === null ? [] : [token])))]
    if (tokens.length === 0) return
    const living = await livingTokens(this.env.DEPLOYMENT_DB, tokens, now())
    const isGone = ({ token }: Ticketed) => token !== null && !living.has(token)
    for (const audience of [this.#audience, this.#traces, this.#streams]) audience.expel(isGone)
  }

  #storeSoon(at: Moment): void {
    if (this.#failures > 0) return
    this.#wakeAt(this.#store.waiting() >= storeFrom ? at : at + storeAfter)
  }

  #wakeAt(at: Moment): void {
    if (at >= this.#alarmAt) return
    this.#alarmAt = at
    this.ctx.waitUntil(this.ctx.storage.setAlarm(at))
  }

  /** Stores what waits, and forgets what is too old. What fails is tried again, later each time. */
  override async alarm(): Promise<void> {
    this.#alarmAt = Infinity
    try {
      await this.#storeWaiting()
      this.#failures = 0
      const kept = (await retentionDays(this.env.DEPLOYMENT_DB)) * 86_400_000
      this.#store.trim(now() - kept)
      const oldest = this.#store.oldestAt()
      if (this.#store.waiting() > 0) this.#wakeAt(now() + (this.#store.waiting() >= storeFrom ? 0 : storeAfter))
      else if (oldest !== null) this.#wakeAt(oldest + kept + 60_000)
    } catch (error) {
      console.error({ log: this.#store.name, stored: false, error: String(error) })
      this.#failures += 1
      this.#wakeAt(now() + Math.min(1000 * 2 ** this.#failures, 300_000))
    }
  }

  async #storeWaiting(): Promise<void> {
    const [account = '', ...script] = this.#store.name.split('/')
    for (let stored = 0; stored < batchesAtOnce; stored += 1) {
      const batch = this.#store.nextBatch()
      if (!batch) return
      await storeBatch(this.env, { account, script: script.join('/') }, batch)
      this.#store.noteArchived(batch.at(-1)?.seq ?? batch[0].seq)
    }
  }
}

/** Waits for some work so many milliseconds at most, whatever becomes of it. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  const told = work.catch((error: unknown) => console.error({ checked: false, error: String(error) }))
  await Promise.race([told, late]).finally(() => clearTimeout(timer))
}

/** Events in frames that a slow line can take. */
function pieces(events: readonly Kept[]): Kept[][] {
  const found: Kept[][] = []
  let size = Infinity
  for (const event of events) {
    const piece = found.at(-1)
    size += event.body.length
    if (piece && piece.length < frameEvents && size <= frameCharacters) piece.push(event)
    else {
      found.push([event])
      size = event.body.length
    }
  }
  return found
}
