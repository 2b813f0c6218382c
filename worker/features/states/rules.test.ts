import { array, assert, boolean, constantFrom, integer, nat, property, record, tuple } from 'fast-check'
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

const anyone = { credential: 'test', force: true, releaseOthers: true }

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
    if (decision === 'take') this.held = { info, since: 0, credential: 'test', run: null }
    return decision === 'take' || decision === 'held-already'
  }

  #unlock(body: unknown): boolean {
    const request = unlockRequest(body)
    const decision = decideUnlock(
      this.held,
      (request.id !== null && this.endings.get(request.id)) || null,
      request,
      anyone,
    )
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

function lockInfo(ID: string, Operation: string): LockInfo {
  return { ID, Operation, Info: '', Who: 'alice@laptop', Version: '1.11.4', Created: '2026-11-21T07:18:02Z', Path: '' }
}

/** OpenTofu's force-unlock names an id and nothing else. */
function tofuForce(ID: string): LockInfo {
  return { ...lockInfo(ID, ''), Created: '0001-01-01T00:00:00Z' }
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
  const own = lockInfo(id, operation)
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

type Step = {
  readonly request: Request
  readonly success: boolean
  /** Whether the lock that the request names had ended before. */
  readonly late: boolean
  readonly before: Moment
  readonly after: Moment
}
type Moment = { readonly held: Lock | null; readonly head: Version | null; readonly snapshot: string }

function momentOf(ledger: Ledger): Moment {
  return { held: ledger.held, head: ledger.head, snapshot: ledger.snapshot() }
}

/** Delivers all of it, and returns the steps that are not as they should be. */
function faulty(requests: readonly Request[], isFine: (step: Step, ledger: Ledger) => boolean): Step[] {
  const ledger = new Ledger()
  return requests.flatMap((request) => {
    const id = request.kind === 'write' ? request.write.lockId : (request.info?.ID ?? null)
    const late = id !== null && ledger.endings.has(id)
    const before = momentOf(ledger)
    const success = ledger.deliver(request)
    const step = { request, success, late, before, after: momentOf(ledger) }
    return isFine(step, ledger) ? [] : [step]
  })
}

/** Checks every step of any traffic. */
function assertAlways(isFine: (step: Step, ledger: Ledger) => boolean): void {
  assert(
    property(traffic, (requests) => {
      expect(faulty(requests, isFine)).toEqual([])
    }),
    { numRuns: 1500 },
  )
}

test('a lock passes from one holder to another only by being free, and only its own id releases it', () => {
  expect.hasAssertions()
  assertAlways(({ request, before, after }) => {
    if (before.held === null) return after.held === null || request.kind === 'lock'
    if (after.held !== null) return after.held === before.held
    return request.kind === 'force' || (request.kind === 'unlock' && request.info.ID === before.held.info.ID)
  })
})

test('an id that ended never holds again, and whoever is told that it holds does', () => {
  expect.hasAssertions()
  assertAlways(({ request, success, after: { held } }, ledger) => {
    if (held && ledger.endings.has(held.info.ID)) return false
    return !(request.kind === 'lock' && success) || held?.info.ID === request.info.ID
  })
})

test('whatever arrives after its command has ended changes nothing, and its release is a success again', () => {
  expect.hasAssertions()
  assertAlways(({ request, success, late, before, after }) => {
    if (!late) return true
    return before.snapshot === after.snapshot && (success || request.kind !== 'unlock')
  })
})

test('serials grow and the lineage stays, unless a push with -force was allowed to change them', () => {
  expect.hasAssertions()
  assertAlways(({ request, before, after: { head } }) => {
    if (head === before.head || head === null || before.head === null) return true
    if (!head.forced) return head.serial > before.head.serial && head.lineage === before.head.lineage
    return request.kind === 'write' && request.mayForce && before.held?.info.Operation === 'state-push'
  })
})

test('a version was written by the holder, or by a client without a lock while nobody held it', () => {
  expect.hasAssertions()
  assertAlways((_, { versions }) => versions.every(({ lockId, heldAs }) => lockId === heldAs))
})

test('what succeeded succeeds again at once and changes nothing; what was refused changed nothing', () => {
  expect.hasAssertions()
  assertAlways(({ request, success, before, after }, ledger) => {
    if (!success) return before.snapshot === after.snapshot
    return ledger.deliver(request) && ledger.snapshot() === after.snapshot
  })
})

test('a state that nobody holds can be locked, written and released by whoever comes next', () => {
  assert(
    property(traffic, tuple(boolean(), boolean(), boolean()), (requests, repeated) => {
      const ledger = new Ledger()
      for (const request of requests) ledger.deliver(request)
      if (ledger.held) ledger.deliver({ kind: 'force', info: null })
      const info = lockInfo('next', 'OperationTypeApply')
      const { serial, lineage } = ledger.head ?? { serial: -1, lineage: 'new' }
      const write = { serial: serial + 1, lineage, sha256: 'new', lockId: 'next' }
      const command: Request[] = [
        { kind: 'lock', info },
        { kind: 'write', write, mayForce: false },
        { kind: 'unlock', info },
      ]
      const sent = command.flatMap((request, index) => (repeated[index] ? [request, request] : [request]))
      expect(sent.map((request) => ledger.deliver(request))).toEqual(sent.map(() => true))
      expect([ledger.held, ledger.head?.sha256]).toEqual([null, 'new'])
    }),
    { numRuns: 1500 },
  )
})
