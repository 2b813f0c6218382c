import { array, assert, boolean, constantFrom, integer, nat, property, record } from 'fast-check'
import { decideLock, decideUnlock, unlockRequest } from './lock.ts'
import type { Ending, Lock, LockInfo } from './lock.ts'
import { decideWrite } from './write.ts'
import type { Head } from './write.ts'

type Write = Head & { readonly lockId: string | null }
type Request =
  | { readonly kind: 'lock' | 'unlock'; readonly info: LockInfo }
  | { readonly kind: 'force'; readonly info: LockInfo | null }
  | { readonly kind: 'write'; readonly write: Write; readonly mayForce: boolean }
type Version = Write & { readonly forced: boolean; readonly heldAs: string | null }

/** A ledger in memory that does what the rules decide, and nothing of its own. */
class Ledger {
  held: Lock | null = null
  readonly endings = new Map<string, Ending>()
  readonly versions: Version[] = []

  /** @returns whether the client hears of a success. */
  deliver(request: Request): boolean {
    if (request.kind === 'lock') return this.#lock(request.info)
    if (request.kind === 'write') return this.#write(request.write, request.mayForce)
    return this.#unlock(request.kind === 'force' && request.info === null ? undefined : request.info)
  }

  get head(): Version | null {
    return this.versions.at(-1) ?? null
  }

  #lock(info: LockInfo): boolean {
    const decision = decideLock(this.held, this.endings.get(info.ID) ?? null, info.ID)
    if (decision === 'take') this.held = { info, since: 0, credential: 'test' }
    return decision === 'take' || decision === 'held-already'
  }

  #unlock(body: unknown): boolean {
    const request = unlockRequest(body)
    const decision = decideUnlock(this.held, (request.id !== null && this.endings.get(request.id)) || null, request)
    if ((decision === 'release' || decision === 'force') && this.held) {
      this.endings.set(this.held.info.ID, { how: decision === 'force' ? 'forced' : 'released', at: 0, by: 'test' })
      this.held = null
    }
    return decision !== 'held-by-another'
  }

  #write(write: Write, mayForce: boolean): boolean {
    const ending = write.lockId === null ? null : (this.endings.get(write.lockId) ?? null)
    const decision = decideWrite('prod', this.head, this.held, ending, { ...write, mayForce })
    if (decision.kind === 'store') {
      this.versions.push({ ...write, forced: decision.forced, heldAs: this.held?.info.ID ?? null })
    }
    return decision.kind !== 'refuse'
  }

  snapshot(): string {
    return JSON.stringify([this.held, [...this.endings], this.versions])
  }
}

function info(ID: string, Operation: string): LockInfo {
  return { ID, Operation, Info: '', Who: 'alice@laptop', Version: '1.11.4', Created: '2026-11-21T07:18:02Z', Path: '' }
}

/** OpenTofu's force-unlock names an id and nothing else. */
function tofuForce(ID: string): LockInfo {
  return { ...info(ID, ''), Created: '0001-01-01T00:00:00Z' }
}

const contents = record({
  serial: nat(6),
  lineage: constantFrom('mine', 'foreign'),
  sha256: constantFrom('x', 'y', 'z'),
})
const session = record({
  id: constantFrom('a', 'b', 'c', 'd'),
  operation: constantFrom('OperationTypeApply', 'OperationTypePlan', 'state-push'),
  locks: boolean(),
  mayForce: boolean(),
  writes: array(contents, { maxLength: 3 }),
  force: constantFrom<'no' | 'terraform' | 'opentofu'>('no', 'no', 'no', 'terraform', 'opentofu'),
})
type Session = ReturnType<typeof session.generate>['value']

/** What one command sends, in order. Equal names of bytes are equal bytes only with equal serial and lineage. */
function requestsOf({ id, operation, locks, mayForce, writes, force }: Session): Request[] {
  const own = info(id, operation)
  const written = writes.map<Request>(({ serial, lineage, sha256 }) => ({
    kind: 'write',
    write: { serial, lineage, sha256: `${sha256} ${serial} ${lineage}`, lockId: locks ? id : null },
    mayForce,
  }))
  const forced: Request[] = force === 'no' ? [] : [{ kind: 'force', info: force === 'opentofu' ? tofuForce(id) : null }]
  if (!locks) return [...written, ...forced]
  return [{ kind: 'lock', info: own }, ...written, { kind: 'unlock', info: own }, ...forced]
}

/** Commands of several clients over a network that delays, repeats, reorders and loses. */
const traffic = record({
  sessions: array(session, { minLength: 1, maxLength: 6 }),
  order: array(integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 60 }),
}).map(({ sessions, order }) => {
  const requests = sessions.flatMap(requestsOf)
  // Half of what arrives is near its turn, so that whole commands happen; the rest is anything at any time.
  return order.flatMap((number, turn) => {
    const index = number % 2 === 0 ? turn % Math.max(requests.length, 1) : (number >> 1) % Math.max(requests.length, 1)
    const request = requests[index]
    return request ? [request] : []
  })
})

/** Delivers all of it, and calls `after` with what was before each. */
function deliverAll(
  requests: readonly Request[],
  after: (
    ledger: Ledger,
    request: Request,
    success: boolean,
    before: { held: Lock | null; head: Version | null; snapshot: string; ended: boolean },
  ) => void,
): Ledger {
  const ledger = new Ledger()
  for (const request of requests) {
    const id = idOf(request)
    const before = {
      held: ledger.held,
      head: ledger.head,
      snapshot: ledger.snapshot(),
      ended: id !== null && ledger.endings.has(id),
    }
    after(ledger, request, ledger.deliver(request), before)
  }
  return ledger
}

function idOf(request: Request): string | null {
  return request.kind === 'write' ? request.write.lockId : (request.info?.ID ?? null)
}

const runs = { numRuns: 1500 }

test('a lock changes hands only through being free, and an id that ended never holds again', () => {
  assert(
    property(traffic, (requests) => {
      deliverAll(requests, (ledger, request, success, { held }) => {
        if (held && ledger.held) expect(ledger.held.info.ID).toBe(held.info.ID)
        if (ledger.held) expect(ledger.endings.has(ledger.held.info.ID)).toBe(false)
        if (request.kind === 'lock' && success) expect(ledger.held?.info.ID).toBe(request.info.ID)
        if (held && !ledger.held && request.kind === 'unlock') expect(request.info.ID).toBe(held.info.ID)
      })
    }),
    runs,
  )
})

test('whatever arrives after its command has ended changes nothing', () => {
  assert(
    property(traffic, (requests) => {
      deliverAll(requests, (ledger, _, __, { ended, snapshot }) => {
        if (ended) expect(ledger.snapshot()).toBe(snapshot)
      })
    }),
    runs,
  )
})

test('serials grow and the lineage stays, unless a push with -force was allowed to change them', () => {
  assert(
    property(traffic, (requests) => {
      deliverAll(requests, (ledger, request, _, { held, head }) => {
        const version = ledger.head
        if (version === head || version === null) return
        if (version.forced) {
          expect([request.kind === 'write' && request.mayForce, held?.info.Operation]).toEqual([true, 'state-push'])
        } else if (head) {
          expect(version.serial).toBeGreaterThan(head.serial)
          expect(version.lineage).toBe(head.lineage)
        }
      })
    }),
    runs,
  )
})

test('a version was written by the holder, or by a client without a lock while nobody held it', () => {
  assert(
    property(traffic, (requests) => {
      const { versions } = deliverAll(requests, () => undefined)
      for (const { lockId, heldAs } of versions) expect(lockId).toBe(heldAs)
    }),
    runs,
  )
})

test('every request that succeeded succeeds again at once, and changes nothing the second time', () => {
  assert(
    property(traffic, (requests) => {
      deliverAll(requests, (ledger, request, success) => {
        if (!success) return
        const snapshot = ledger.snapshot()
        expect([ledger.deliver(request), ledger.snapshot()]).toEqual([true, snapshot])
      })
    }),
    runs,
  )
})

test('a refused request changes nothing', () => {
  assert(
    property(traffic, (requests) => {
      deliverAll(requests, (ledger, _, success, { snapshot }) => {
        if (!success) expect(ledger.snapshot()).toBe(snapshot)
      })
    }),
    runs,
  )
})

test('a state that nobody holds can be locked, written and released by whoever comes next', () => {
  assert(
    property(traffic, array(boolean(), { minLength: 3, maxLength: 3 }), (requests, repeats) => {
      const ledger = deliverAll(requests, () => undefined)
      if (ledger.held) ledger.deliver({ kind: 'force', info: null })
      const next = info('next', 'OperationTypeApply')
      const write = {
        serial: (ledger.head?.serial ?? 0) + 1,
        lineage: ledger.head?.lineage ?? 'new',
        sha256: 'new',
        lockId: 'next',
      }
      const command: Request[] = [
        { kind: 'lock', info: next },
        { kind: 'write', write, mayForce: false },
        { kind: 'unlock', info: next },
      ]
      const sent = command.flatMap((request, index) => (repeats[index] ? [request, request] : [request]))
      expect(sent.map((request) => ledger.deliver(request))).toEqual(sent.map(() => true))
      expect([ledger.held, ledger.head?.sha256]).toEqual([null, 'new'])
    }),
    runs,
  )
})
