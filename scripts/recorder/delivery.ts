import type { Answer, Call, Server } from '../cli/api.ts'
import { reasonIn } from '../cli/api.ts'
import { isRecord, memberOf, parseJson } from './members.ts'
import type { Parts, Spool } from './spool.ts'

/** The deployment that the server made of a run. */
export type Created = {
  readonly id: string
  /** What terraform may use as the state's password while the run lasts. */
  readonly token: string | null
}

/**
 * What became of an attempt: all is delivered and the run has ended; all that there is so far is delivered; the server
 * did not answer, or not in order; it knows us not; it will never take this. The reason is empty when all is well; what
 * is delivered has one when the server refused a part of it.
 */
export type Outcome = {
  readonly kind: 'delivered' | 'upToDate' | 'unreachable' | 'denied' | 'rejected'
  readonly reason: string
}

/** How many requests of one run are on their way at once: the server takes batches in any order. */
const width = 3
/** How many events of one batch may be refused before all of it is. */
const mostDropped = 20
const placeholder = '(this line was refused)'
const upToDate: Outcome = { kind: 'upToDate', reason: '' }

type Options = {
  readonly signal?: AbortSignal
  /** Told as soon as the server knows the run. */
  readonly onCreated?: (created: Created) => void
  /** Told whenever the server has taken something. */
  readonly onTaken?: () => void
}

/**
 * Sends what a spool holds and removes what was taken. Everything may be sent twice, so a reply that was lost, or a
 * process that was killed, costs a repetition and nothing else.
 */
export async function deliver(spool: Spool, server: Server, options: Options = {}): Promise<Outcome> {
  const known = idIn(spool)
  if (known !== null) {
    const outcome = await deliverTo(known, spool, server, options)
    // The token that began the run may be gone: who knows the run's key takes it over.
    if (outcome.kind !== 'denied' || !spool.has('create.json')) return outcome
  }
  const created = await create(spool, server, options)
  return typeof created === 'string' ? deliverTo(created, spool, server, options) : created
}

async function deliverTo(id: string, spool: Spool, server: Server, options: Options): Promise<Outcome> {
  for (;;) {
    const waiting = spool.waiting()
    const [next] = waiting
    if (next === undefined) return upToDate
    // The end comes alone and last: whoever follows the run stops there.
    const names = next === 'finish.json' ? [next] : waiting.filter((name) => name !== 'finish.json').slice(0, width)
    const outcomes = await Promise.all(names.map(async (name) => send(spool, server, id, name, options)))
    const failed = outcomes.find(({ kind }) => kind !== 'upToDate')
    if (failed) return failed
    if (next === 'finish.json') {
      spool.clear()
      return { kind: 'delivered', reason: spool.refusal ?? '' }
    }
  }
}

function idIn(spool: Spool): string | null {
  const id = spool.has('created.json') ? memberOf(parseJson(String(spool.read('created.json'))), 'id') : null
  return typeof id === 'string' ? id : null
}

async function create(spool: Spool, server: Server, { signal, onCreated }: Options): Promise<string | Outcome> {
  const json = memberOf(parseJson(String(spool.read('create.json'))), 'run')
  const { outcome, answer } = await request(server, '/api/deployments', { method: 'POST', json, signal })
  if (outcome.kind === 'rejected') spool.refuseAll(outcome.reason)
  if (outcome.kind !== 'upToDate') return outcome
  const body = parseJson(answer?.body ?? '')
  const id = memberOf(memberOf(body, 'deployment'), 'id')
  const token = memberOf(body, 'run_token')
  if (typeof id !== 'string') return { kind: 'unreachable', reason: 'it answered without a deployment' }
  spool.put('created.json', JSON.stringify({ id }))
  onCreated?.({ id, token: typeof token === 'string' ? token : null })
  return id
}

async function send(spool: Spool, server: Server, id: string, name: string, options: Options): Promise<Outcome> {
  const { signal, onTaken } = options
  const { path, call } = requestFor(name)
  for (let dropped = 0; ; dropped += 1) {
    const body = spool.read(name)
    if (body === null) break
    const { outcome, answer } = await request(server, `/api/deployments/${id}${path}`, { ...call, body, signal })
    if (outcome.kind === 'upToDate') {
      onTaken?.()
      break
    }
    if (outcome.kind !== 'rejected') return outcome
    const parts = dropped < mostDropped ? partsOf(String(body), answer) : null
    if (parts === null) spool.refuse(name, outcome.reason)
    else spool.refusePart(name, parts, outcome.reason)
  }
  // It is delivered or refused, or somebody else has delivered it meanwhile.
  spool.remove(name)
  return upToDate
}

/** What becomes of a batch with an event that the server refuses: the others are worth more than the whole. */
function partsOf(body: string, answer: Answer | undefined): Parts | null {
  const at = memberOf(parseJson(answer?.body ?? ''), 'line')
  const lines = body.split('\n')
  const refused = typeof at === 'number' ? lines[at - 1] : undefined
  if (typeof at !== 'number' || refused === undefined || refused.includes(JSON.stringify(placeholder))) return null
  const event = parseJson(refused)
  // Lines of output keep their numbers without a gap.
  const instead =
    memberOf(event, 'type') === 'log' && isRecord(event) ? [JSON.stringify({ ...event, text: placeholder })] : []
  return { refused, rest: lines.toSpliced(at - 1, 1, ...instead).join('\n') }
}

function requestFor(name: string): { path: string; call: Call } {
  const json = { 'content-type': 'application/json' }
  const [stem = ''] = name.split('.')
  if (name.endsWith('.ndjson')) {
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': stem }
    return { path: '/events', call: { method: 'POST', headers } }
  }
  const [, operation] = /^plan-(\d)$/.exec(stem) ?? []
  if (operation) return { path: `/plan?operation=${operation}`, call: { method: 'PUT', headers: json } }
  return { path: '', call: { method: 'PATCH', headers: json } }
}

type Request = Omit<Call, 'signal'> & { readonly signal?: AbortSignal | undefined }

async function request(
  server: Server,
  path: string,
  { signal, ...call }: Request,
): Promise<{ outcome: Outcome; answer?: Answer }> {
  try {
    const answer = await server.ask(path, { silenceMs: 10_000, ...call, ...(signal && { signal }) })
    return { outcome: outcomeOf(answer), answer }
  } catch (error) {
    return { outcome: { kind: 'unreachable', reason: wordsOf(error) } }
  }
}

const later = new Set([408, 421, 425, 429])

function outcomeOf(answer: Answer): Outcome {
  const { status } = answer
  if (status >= 200 && status < 300) return upToDate
  const reason = reasonIn(answer)
  if (status === 401 || status === 403) return { kind: 'denied', reason }
  return { kind: status >= 500 || later.has(status) ? 'unreachable' : 'rejected', reason }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.message === '' ? String(error.code) : error.message
}
