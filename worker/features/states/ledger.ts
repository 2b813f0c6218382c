import { DurableObject } from 'cloudflare:workers'
import { now } from '../../platform/clock.ts'
import { toProblem } from '../../platform/problem.ts'
import { Follower } from './follower.ts'
import { JournalProjector } from './journal-projector.ts'
import type { Caller, Refusal, Version } from './journal.ts'
import { LedgerStore } from './ledger-store.ts'
import { decideLock, decideUnlock, story } from './lock.ts'
import type { Lock, LockInfo, UnlockRequest, UnlockRights } from './lock.ts'
import type {
  DeleteOutcome,
  DiffOutcome,
  LockOutcome,
  Refused,
  RollbackOutcome,
  UnlockOutcome,
  WriteOutcome,
  WriteRequest,
} from './outcome.ts'
import { isGone } from './reading.ts'
import { copyWithSerial, decideRollback, overtaken } from './rollback.ts'
import type { Copy, RollbackDecision } from './rollback.ts'
import { chooseSides, compareSides } from './state-diff.ts'
import { Turns } from './turns.ts'
import { receive, streamOf, versionOf } from './upload.ts'
import type { Upload } from './upload.ts'
import { decideWrite } from './write.ts'
import type { WriteDecision } from './write.ts'

type RefusedWrite = Extract<WriteDecision, { kind: 'refuse' }>

/** The ledger of a state. One object per name: everything about a state is decided in one place. */
export function ledgerOf(env: Env, name: string): DurableObjectStub<StateLedger> {
  return env.STATE_LEDGER.getByName(name)
}

/**
 * One Terraform state: its lock, its versions and what happened to it. Each decision and its effects are one synchronous
 * transaction here; D1 follows from the journal, each entry exactly once, within a second.
 */
export class StateLedger extends DurableObject<Env> {
  readonly #store: LedgerStore
  readonly #follower: Follower
  readonly #turns = new Turns()
  /** The lock id refused last: a client that waits for a lock asks again and again, which is one story. */
  #lastRefused: string | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new LedgerStore(ctx.storage)
    const projector = new JournalProjector(this.#store, env, this.#name)
    this.#follower = new Follower(this.#name, ctx.storage, this.#store, projector)
    // A kill in the middle of an upload leaves pieces that no version came of.
    for (const upload of this.#store.staged()) this.#store.discard(upload)
  }

  get #name(): string {
    return this.ctx.id.name ?? ''
  }

  /** The lock now, or null. */
  async holder(): Promise<Lock | null> {
    return this.#store.lock()
  }

  /** Whether a run can say no more: its lock is not held, and nothing waits here that D1 was not told. */
  async isOver(run: string): Promise<boolean> {
    const held = this.#store.lock()
    return held?.info.ID !== run && held?.run !== run && this.#store.nextEntry() === null
  }

  async lock(info: LockInfo, caller: Caller): Promise<LockOutcome> {
    return this.#decide((at) => {
      const held = this.#store.lock()
      const ending = this.#store.ending(info.ID)
      const decision = decideLock(held, ending, info.ID)
      if (decision === 'held-already') return { kind: 'held' }
      if (decision === 'take') {
        const lock = { info, since: at, credential: caller.credential, run: caller.run }
        this.#store.setLock(lock)
        this.#store.note({ kind: 'locked', lock }, at)
        return { kind: 'held' }
      }
      const late = `The lock ${info.ID} has ended already: this is a late copy of its request.`
      const reason = decision === 'ended' || !held ? late : story(this.#name, held)
      this.#refuse({ what: 'lock_refused', lock_id: info.ID, who: info.Who, reason, caller }, at)
      return { kind: 'refused', holder: decision === 'ended' ? null : held, reason }
    })
  }

  async unlock(request: UnlockRequest, may: UnlockRights, caller: Caller): Promise<UnlockOutcome> {
    return this.#decide((at) => {
      const held = this.#store.lock()
      const decision = decideUnlock(held, this.#store.ending(request.id), request, may)
      if (decision === 'free-already' || !held) return { kind: 'free' }
      if (decision === 'held-by-another') {
        const reason = story(this.#name, held)
        this.#refuse({ what: 'unlock_refused', lock_id: request.id, who: null, reason, caller }, at)
        return { kind: 'refused', holder: held, reason }
      }
      const force = decision === 'force'
      if (force && !may.force) return { kind: 'forbidden' }
      this.#store.endLock(held.info.ID, { how: force ? 'forced' : 'released', at, by: caller.credential })
      this.#store.note(force ? { kind: 'forced', lock: held, caller } : { kind: 'released', lock: held }, at)
      return { kind: 'free' }
    })
  }

  /** Takes a state in. Nothing of it is left when it is refused. */
  async write(body: ReadableStream<Uint8Array>, request: WriteRequest): Promise<WriteOutcome> {
    const { seq } = this.#store.deletion()
    try {
      const upload = await receive(body, request.md5, this.#store)
      return this.#decide((at) => this.#commit(upload, request, seq, at))
    } catch (error) {
      const problem = toProblem(error)
      if (problem.kind === 'internal') throw error
      return { kind: 'problem', problem: problem.kind, reason: problem.message }
    }
  }

  /** @param deletion the last one when the upload began. */
  #commit(upload: Upload, request: WriteRequest, deletion: number, at: number): WriteOutcome {
    const { lockId, mayForce, caller } = request
    const head = this.#store.version()?.version ?? null
    const held = this.#store.lock()
    if (this.#store.deletion().seq !== deletion) return this.#dropDeleted(upload)
    const candidate = { ...upload.header, sha256: upload.sha256, lockId, mayForce }
    const decision = decideWrite(this.#name, head, held, this.#store.ending(lockId), candidate)
    if (decision.kind === 'store')
      return this.#add(upload, { lock_id: lockId, forced: decision.forced, rolled_back: null }, caller, at)
    this.#store.discard(upload.id)
    if (decision.kind === 'refuse') return this.#refuseWrite(decision, held, request, at)
    return { kind: 'stored', version: head?.version ?? 0, serial: candidate.serial }
  }

  #dropDeleted(upload: Upload) {
    this.#store.discard(upload.id)
    const reason = `The state ${this.#name} was deleted meanwhile.`
    return { kind: 'problem', problem: 'conflict', reason } as const
  }

  #add(upload: Upload, making: Pick<Version, 'lock_id' | 'forced' | 'rolled_back'>, caller: Caller, at: number) {
    const version = versionOf(upload, { ...making, version: this.#store.lastVersion() + 1, at })
    this.#store.addPiece(upload.id, upload.lastPiece.n, upload.lastPiece.bytes)
    this.#store.addVersion(version, upload.id)
    this.#store.note({ kind: 'written', version, caller }, at)
    return { kind: 'stored', version: version.version, serial: version.serial } as const
  }

  #refuseWrite(
    { status, reason }: RefusedWrite,
    holder: Lock | null,
    { lockId, caller }: WriteRequest,
    at: number,
  ): WriteOutcome {
    const who = holder?.info.ID === lockId ? (holder?.info.Who ?? null) : null
    this.#refuse({ what: 'write_refused', lock_id: lockId, who, reason, caller }, at)
    return { kind: 'refused', status, holder, reason }
  }

  /** The newest version, or the newest with this serial. */
  async read(serial?: number): Promise<{ version: Version; content: ReadableStream<Uint8Array> } | null> {
    const found = this.#store.version(serial)
    return found && { version: found.version, content: streamOf(this.#store, found.upload) }
  }

  /** What differs between two versions; without serials the newest and the one before it. */
  async diff(from: number | undefined, to: number | undefined): Promise<DiffOutcome> {
    return this.#heavily(async () => {
      const sides = chooseSides(this.#store, this.#name, from, to)
      if (sides.kind === 'problem') return sides
      return { kind: 'compared', diff: JSON.stringify(await compareSides(this.#store, this.#name, sides)) }
    })
  }

  /** Writes the content of an old version as the newest. */
  async rollback(serial: number, caller: Caller): Promise<RollbackOutcome> {
    return this.#heavily(async () => {
      const begun = this.#decideRollback(serial)
      if (begun.kind !== 'copy') return begun
      const upload = await copyWithSerial(this.#store, begun.source, begun.serial)
      return this.#decide((at) => this.#commitRollback(upload, serial, begun, caller, at))
    })
  }

  #decideRollback(serial: number): RollbackDecision {
    const [head, target] = [this.#store.version(), this.#store.version(serial)]
    return decideRollback(this.#name, serial, head?.version ?? null, target, this.#store.lock())
  }

  /** Somebody may have locked, written or deleted the state while the copy was made. */
  #commitRollback(upload: Upload, serial: number, begun: Copy, caller: Caller, at: number): RollbackOutcome {
    const decision = this.#decideRollback(serial)
    if (decision.kind === 'copy' && decision.head === begun.head) {
      const { rolledBack } = decision
      return this.#add(upload, { lock_id: null, forced: false, rolled_back: rolledBack }, caller, at)
    }
    this.#store.discard(upload.id)
    return decision.kind === 'copy' ? overtaken(this.#name) : decision
  }

  /** Deletes all there is: out of sight at once, and taken away when D1 has followed that far. */
  async remove(caller: Caller): Promise<DeleteOutcome> {
    return this.#decide((at) => {
      const held = this.#store.lock()
      if (held) return { kind: 'problem', problem: 'locked', reason: story(this.#name, held) }
      if (!this.#store.exists())
        return { kind: 'problem', problem: 'not-found', reason: `There is no state ${this.#name}.` }
      const serial = this.#store.version()?.version.serial ?? 0
      const version = this.#store.lastVersion()
      this.#store.setDeletion(this.#store.note({ kind: 'deleted', version, serial, caller }, at), version)
      return { kind: 'deleted' }
    })
  }

  /** Does one such thing at a time. What it reads may be deleted meanwhile. */
  async #heavily<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | Refused> {
    return this.#turns.take(async () => {
      try {
        return await work()
      } catch (error) {
        if (!isGone(error)) throw error
        return { kind: 'problem', problem: 'not-found', reason: `The state ${this.#name} was deleted meanwhile.` }
      }
    })
  }

  /** Runs a decision with all its effects as one transaction, and has D1 follow. */
  #decide<Outcome>(decision: (at: number) => Outcome): Outcome {
    const at = now()
    const outcome = this.#store.transact(() => decision(at))
    this.#follower.follow(at)
    return outcome
  }

  /** Projects what a kill or a failing database left in the journal. */
  override async alarm(): Promise<void> {
    await this.#follower.alarm()
  }

  /** A late copy must not bring a deleted state back into the lists. */
  #refuse(refusal: Omit<Refusal, 'kind'>, at: number): void {
    if (refusal.what === 'lock_refused' && refusal.lock_id === this.#lastRefused) return
    this.#lastRefused = refusal.lock_id
    if (this.#store.deletion().seq > 0 && !this.#store.exists()) return
    this.#store.note({ kind: 'refused', ...refusal }, at)
  }
}
