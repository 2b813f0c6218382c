import { createHash } from 'node:crypto'
import { api } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { readBytes, refuseTooLarge } from '../../platform/body.ts'
import { iso, now } from '../../platform/clock.ts'
import { holds, mustHold } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { callerIn, mutates } from '../audit/act.ts'
import { joinedRun } from '../deployments/joining.ts'
import { describeBackend } from './backend-contract.ts'
import type { Caller } from './journal.ts'
import { ledgerOf } from './ledger.ts'
import type { StateLedger } from './ledger.ts'
import { age, LockInfo, unlockRequest } from './lock.ts'
import type { Lock } from './lock.ts'
import { parseAddress } from './name.ts'
import { stateLimit } from './upload.ts'

/** Terraform's HTTP backend (`internal/backend/remote-state/http/client.go`): it reads status codes and lock JSON only. */
const prefix = '/state/'
const lockLimit = { bytes: 64_000, idleMs: 30_000, totalMs: 60_000 }

type StoredState = { readonly version: { readonly size: number }; readonly content: ReadableStream<Uint8Array> }

/** The state that a request names, which its token must open for what it does; nothing is read before. */
function opened(c: AppContext): { name: string; isLock: boolean; ledger: DurableObjectStub<StateLedger> } {
  const { pathname, searchParams } = new URL(c.req.url)
  // The router decodes `/stat%65/x`; to cut the name out of that would make it another one.
  if (!pathname.startsWith(prefix)) throw new Problem('not-found', `A state is below ${prefix}, written so.`)
  checkQuery(searchParams)
  const address = parseAddress(pathname.slice(prefix.length))
  // A plan locks, reads and unlocks.
  const isWrite = c.req.method === 'POST' && !address.isLock
  mustHold(c.get('principal'), `${isWrite ? 'state' : 'plan'}:${address.name}`)
  return { ...address, ledger: ledgerOf(c.env, address.name) }
}

/** A misspelt ID would be a write without a lock. */
function checkQuery(query: URLSearchParams): void {
  const unknown = [...query.keys()].find((name) => name !== 'ID')
  const ids = query.getAll('ID')
  if (unknown !== undefined) throw new Problem('invalid-request', `The query value ${unknown} is unknown: there is ID.`)
  if (ids.length > 1 || ids.some((id) => id === '' || id.length > 200))
    throw new Problem('invalid-request', 'The query value ID is the id of one lock, of 1 to 200 characters.')
}

/** Whose request it is, as part of no run. */
export function callerOf(c: AppContext): Caller {
  const { actor: credential, ...caller } = callerIn(c)
  return { ...caller, credential, run: null }
}

async function callerInRun(c: AppContext): Promise<Caller> {
  return { ...callerOf(c), run: await joinedRun(c.env.DEPLOYMENT_DB, c.get('principal')) }
}

async function read(c: AppContext): Promise<Response> {
  const { name, isLock, ledger } = opened(c)
  if (isLock) throw notAllowed('A lock is shown by GET /api/states/<name>.', 'LOCK, UNLOCK, POST, DELETE')
  const found = await ledger.read()
  if (!found) throw new Problem('not-found', `The state ${name} has no version yet.`)
  return stateResponse(c, found)
}

/** The exact bytes that were written, with their number: what is deleted while it is read must not look whole. */
export function stateResponse(c: AppContext, { version, content }: StoredState): Response {
  const { readable, writable } = new FixedLengthStream(version.size)
  // A reader that goes away, or a state that does, breaks the response off by itself.
  content.pipeTo(writable).catch(() => undefined)
  return c.body(readable, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
}

async function post(c: AppContext): Promise<Response> {
  const { name, isLock, ledger } = opened(c)
  return isLock ? take(c, name, ledger) : write(c, name, ledger)
}

async function lock(c: AppContext): Promise<Response> {
  const { name, ledger } = opened(c)
  return take(c, name, ledger)
}

async function take(c: AppContext, name: string, ledger: DurableObjectStub<StateLedger>): Promise<Response> {
  const info = LockInfo.safeParse(await lockBody(c))
  if (!info.success) throw new Problem('invalid-request', 'The body of a LOCK is lock information with an ID.')
  const outcome = await ledger.lock(info.data, await callerInRun(c))
  if (outcome.kind === 'held') return c.json({ ID: info.data.ID })
  return holderResponse(c, outcome.holder ? 423 : 409, name, outcome.holder, outcome.reason)
}

async function unlock(c: AppContext): Promise<Response> {
  const { name, isLock, ledger } = opened(c)
  if (c.req.method === 'DELETE' && !isLock) {
    throw notAllowed('A state is not deleted at its Terraform address.', 'GET, POST, LOCK, UNLOCK')
  }
  const body = await lockBody(c)
  if (body !== undefined && !LockInfo.safeParse(body).success) {
    throw new Problem(
      'invalid-request',
      'The body of an UNLOCK is the lock information of its LOCK, or nothing to force it.',
    )
  }
  const principal = c.get('principal')
  const may = {
    credential: principal.name,
    force: holds(principal, `force:${name}`),
    releaseOthers: holds(principal, `state:${name}`),
  }
  const outcome = await ledger.unlock(unlockRequest(body), may, callerOf(c))
  if (outcome.kind === 'free') return c.json({})
  if (outcome.kind === 'refused') return holderResponse(c, 409, name, outcome.holder, outcome.reason)
  mustHold(principal, `force:${name}`)
  throw new Error('The ledger forbade what the token may do.')
}

async function write(c: AppContext, name: string, ledger: DurableObjectStub<StateLedger>): Promise<Response> {
  const { body } = c.req.raw
  await refuseTooLarge(c.req.raw, stateLimit)
  if (body === null) throw new Problem('invalid-request', 'The body is empty; a state is expected.')
  const outcome = await ledger.write(body, {
    lockId: c.req.query('ID') ?? null,
    md5: c.req.header('content-md5') ?? null,
    mayForce: holds(c.get('principal'), `force:${name}`),
    caller: await callerInRun(c),
  })
  if (outcome.kind === 'stored') return c.json({ version: outcome.version, serial: outcome.serial })
  if (outcome.kind === 'problem') throw new Problem(outcome.problem, outcome.reason)
  return holderResponse(c, outcome.status === 'locked' ? 423 : 409, name, outcome.holder, outcome.reason)
}

/** The holder's own lock information, which Terraform reads, with a sentence for whoever reads the body. */
function holderResponse(c: AppContext, status: 409 | 423, name: string, holder: Lock | null, detail: string): Response {
  const since = holder && { since: iso(holder.since), held_for: age(holder.since, now()) }
  return c.json({ ...holder?.info, ...since, state: name, detail, instance: c.get('requestId') }, status)
}

/** The JSON of a lock request; undefined for an empty body, which is Terraform's force-unlock. */
async function lockBody(c: AppContext): Promise<unknown> {
  const bytes = await readBytes(c.req.raw, lockLimit)
  const md5 = c.req.header('content-md5')
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5) {
    throw new Problem('invalid-request', 'The body does not have the MD5 of Content-MD5: it was damaged on the way.')
  }
  if (bytes.byteLength === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown
  } catch {
    throw new Problem('invalid-request', 'The body is not JSON.')
  }
}

function notAllowed(detail: string, allow: string): Problem {
  return new Problem('method-not-allowed', detail, { headers: { allow } })
}

const verbs = { GET: read, POST: post, LOCK: lock, UNLOCK: unlock, DELETE: unlock } as const

/** What a refused request would have done. */
const actions = { POST: 'state.write', LOCK: 'state.lock', UNLOCK: 'state.unlock', DELETE: 'state.unlock' } as const

const otherVerbs = ['PUT', 'PATCH', 'OPTIONS']

export const backend = api()
backend.on(otherVerbs, `${prefix}*`, () => {
  throw notAllowed('A state is written with POST.', 'GET, POST, LOCK, UNLOCK')
})
for (const [verb, action] of Object.entries(actions)) backend.on(verb, `${prefix}*`, mutates(action))
for (const [verb, answer] of Object.entries(verbs)) backend.on(verb, `${prefix}*`, (c) => answer(c))
describeBackend(backend)
