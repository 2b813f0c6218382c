import { WorkerEntrypoint } from 'cloudflare:workers'
import { headers, paths } from '../protocol.ts'
import type { ListenCall, Message, ObjectsCall, QueueCall, ScheduledCall, SlotCall, Traced } from '../protocol.ts'
import { conduct } from './workflows.ts'

/** Bindings of scripts by key: `open:` leads to a script's static files first, `script:` to its code. */
type Env = {
  readonly KEY: string
  readonly HOST: Fetcher
  readonly [script: `open:${string}` | `script:${string}`]: Fetcher | undefined
  readonly [storage: `storage:${string}`]: Fetcher | undefined
  readonly [bucket: `r2:${string}`]: R2Bucket | undefined
}

/** What `request.cf` says on a laptop. */
const place = {
  colo: 'LCL',
  country: 'XX',
  httpProtocol: 'HTTP/1.1',
  asn: 0,
  asOrganization: 'Local',
  clientAcceptEncoding: '',
  edgeRequestKeepAliveStatus: 1,
  requestPriority: '',
  timezone: 'UTC',
  tlsCipher: '',
  tlsVersion: '',
}

/** Scripts whose traces somebody follows now. The front says so again after each change of the runtime. */
let followed: ReadonlySet<string> = new Set()

/** Requests whose trace has not come yet, by script and ray: they may go on after their answer. Since when. */
const unfinished = new Map<string, number>()
/** How long a script may go on after its answer; what tells nothing for longer is not waited for. */
const longestMs = 60_000

const handlers: Readonly<Record<string, (request: Request, env: Env) => Response | Promise<Response>>> = {
  [paths.ping]: () => Response.json(busy()),
  [paths.queue]: deliver,
  [paths.scheduled]: schedule,
  [paths.slot]: assign,
  [paths.objects]: objects,
  [paths.listen]: listen,
  [paths.workflow]: conduct,
}

export default {
  /** Only the front has the key: a script could reach this socket too. */
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.headers.get(headers.key) !== env.KEY) return new Response(null, { status: 403 })
    const key = request.headers.get(headers.script)
    if (key !== null) return open(request, env, key)
    const handle = handlers[new URL(request.url).pathname]
    return handle ? handle(request, env) : new Response(null, { status: 404 })
  },
}

/** Scripts that are at work, also for requests that were answered already. */
function busy(): string[] {
  for (const [name, since] of unfinished) if (Date.now() - since > longestMs) unfinished.delete(name)
  return [...new Set([...unfinished.keys()].map((name) => name.split(' ')[0] ?? ''))]
}

async function open(request: Request, env: Env, key: string): Promise<Response> {
  const script = env[`open:${key}`]
  if (!script) return new Response('There is nothing here yet\n', { status: 404 })
  const forwarded = new Request(request, { cf: place })
  forwarded.headers.delete(headers.key)
  forwarded.headers.delete(headers.script)
  unfinished.set(`${key} ${request.headers.get('cf-ray')}`, Date.now())
  try {
    return await script.fetch(forwarded)
  } catch {
    // Cloudflare's page for a script that threw. What was thrown is in its trace.
    return new Response('error code: 1101', { status: 500, headers: { 'content-type': 'text/plain; charset=UTF-8' } })
  }
}

async function deliver(request: Request, env: Env): Promise<Response> {
  const { script, queue, messages } = await request.json<QueueCall>()
  const consumer = env[`script:${script}`]
  if (!consumer) return new Response(null, { status: 404 })
  return Response.json(await consumer.queue(queue, messages.map(received)))
}

function received({ id, timestamp, attempts, body, contentType }: Message): ServiceBindingQueueMessage {
  const bytes = Uint8Array.from(atob(body), (character) => character.codePointAt(0) ?? 0)
  const known = { id, timestamp: new Date(timestamp), attempts }
  if (contentType === 'v8') return { ...known, serializedBody: bytes.buffer }
  if (contentType === 'bytes') return { ...known, body: bytes.buffer }
  const text = new TextDecoder().decode(bytes)
  return { ...known, body: contentType === 'json' ? JSON.parse(text) : text }
}

async function schedule(request: Request, env: Env): Promise<Response> {
  const { script, cron, time } = await request.json<ScheduledCall>()
  const target = env[`script:${script}`]
  if (!target) return new Response(null, { status: 404 })
  return Response.json(await target.scheduled({ cron, scheduledTime: new Date(time) }))
}

/** Lets a slot of a kind of storage stand for another database, namespace or bucket. */
async function assign(request: Request, env: Env): Promise<Response> {
  const { kind, slot, id } = await request.json<SlotCall>()
  const storage = env[`storage:${kind}`]
  if (!storage) return new Response(null, { status: 404 })
  return storage.fetch('http://storage/', { method: 'PUT', body: JSON.stringify({ slot, id }) })
}

/** Lists here: from outside each member of each object would be a call of its own. */
async function objects(request: Request, env: Env): Promise<Response> {
  const { slot, options } = await request.json<ObjectsCall>()
  const page = await env[slot]?.list(options)
  if (!page) return new Response(null, { status: 404 })
  const listed = page.objects.map(({ key, version, size, etag, uploaded, storageClass, ...object }) => {
    const { httpMetadata, customMetadata } = object
    return { key, version, size, etag, uploaded, storageClass, httpMetadata, customMetadata }
  })
  return Response.json({ ...page, objects: listed })
}

async function listen(request: Request): Promise<Response> {
  const { scripts } = await request.json<ListenCall>()
  followed = new Set(scripts)
  return new Response(null, { status: 204 })
}

/** What a queue binding sends, passed on to the store that outlives the runtime. */
export class QueueSender extends WorkerEntrypoint<Env, { queue: string }> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    return this.env.HOST.fetch(`http://host/queue/${this.ctx.props.queue}${pathname}`, {
      method: request.method,
      headers: request.headers,
      body: request.body,
    })
  }
}

/** Reads a secret of the Secrets Store at the moment it is asked for, so that a rotation is seen at once. */
export class Secrets extends WorkerEntrypoint<Env, { store: string; secret: string }> {
  async get(): Promise<string> {
    const { store, secret } = this.ctx.props
    const reply = await this.env.HOST.fetch(`http://host/secret/${store}/${encodeURIComponent(secret)}`)
    if (!reply.ok) throw new Error(`Secret "${secret}" not found`)
    return reply.text()
  }
}

/** Calls a script of a dispatch namespace. */
export class Dispatcher extends WorkerEntrypoint<Env, { namespace: string }> {
  override async fetch(request: Request): Promise<Response> {
    const name = request.headers.get(headers.script) ?? ''
    const script = this.env[`open:${this.ctx.props.namespace}/${name}`]
    if (!script) return new Response(null, { status: 404, headers: { [headers.key]: 'none' } })
    const forwarded = new Request(request)
    forwarded.headers.delete(headers.script)
    return script.fetch(forwarded)
  }
}

/** Names what the runtime leaves nameless, and passes a trace on to whoever consumes it. */
export class Tail extends WorkerEntrypoint<Env, Traced> {
  override async tail(events: TraceItem[]): Promise<void> {
    const { key, script, namespace, version, inside, outside } = this.ctx.props
    for (const event of events) unfinished.delete(`${key} ${rayOf(event)}`)
    const isFollowed = followed.has(key)
    if (inside.length === 0 && outside.length === 0 && !isFollowed) return
    const names = { scriptName: script, scriptVersion: { id: version }, dispatchNamespace: namespace || undefined }
    const named = events.map((event) => ({ ...plain(event), ...names }))
    const told = inside.map((consumer) => Reflect.get(Object(this.env[`script:${consumer}`]), 'tail')?.(named))
    if (outside.length > 0 || isFollowed) told.push(this.#tellHost(named))
    await Promise.allSettled(told)
  }

  async #tellHost(events: object[]): Promise<void> {
    const { key, outside } = this.ctx.props
    await this.env.HOST.fetch('http://host/tail', { method: 'POST', body: JSON.stringify({ key, outside, events }) })
  }
}

function rayOf({ event }: TraceItem): string | undefined {
  return event && 'request' in event ? event.request.headers['cf-ray'] : undefined
}

/** A trace item is an object of the runtime that cannot travel; what is in it can. */
function plain(event: TraceItem): object {
  return JSON.parse(JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))
}
