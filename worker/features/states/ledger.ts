import { DurableObject } from 'cloudflare:workers'
import { now } from '../../platform/clock.ts'
import { toProblem } from '../../platform/problem.ts'
import type { ProblemKind } from '../../platform/problem.ts'
import { JournalProjector } from './journal-projector.ts'
import type { Caller, Refusal, Version } from './journal.ts'
import { LedgerStore } from './ledger-store.ts'
import { decideLock, decideUnlock, story } from './lock.ts'
import type { Lock, LockInfo, UnlockRequest } from './lock.ts'
import { receive, streamOf } from './upload.ts'
import type { Upload } from './upload.ts'
import { decideWrite } from './write.ts'
import type { WriteDecision } from './write.ts'

export type LockOutcome =
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly holder: Lock | null; readonly reason: string }
export type UnlockOutcome =
  | { readonly kind: 'free' }
  | { readonly kind: 'forbidden' }
  | Extract<LockOutcome, { kind: 'refused' }>
export type WriteOutcome =
  | { readonly kind: 'stored'; readonly version: number; readonly serial: number }
  | {
      readonly kind: 'refused'
      readonly status: 'locked' | 'conflict'
      readonly holder: Lock | null
      readonly reason: string
    }
  | { readonly kind: 'problem'; readonly problem: ProblemKind; readonly reason: string }

type WriteRequest = {
  readonly lockId: string | null
  readonly md5: string | null
  readonly mayForce: boolean
  readonly caller: Caller
}

type Refused = Extract<WriteDecision, { kind: 'refuse' }>

/** The ledger of a state. One object per name: everything about a state is decided in one place. */
export function ledgerOf(env: Env, name: string): DurableObjectStub<StateLedger> {
  return env.STATE_LEDGER.getByName(name)
}

/**
 * When D1 follows, in milliseconds: once a state has been `quiet`, so that a client's next request need not wait behind
 * the work of its last one, but `latest` so long after an entry; and `again` after a failure.
 */
const follow = { quiet: 100, latest: 500, again: 2000 }

/**
 * One Terraform state: its lock, its versions and what happened to it. Each decision and its effects are one synchronous
 * transaction here; D1 follows from the journal, each entry exactly once, within a second.
 */
export class StateLedger extends DurableObject<Env> {
  readonly #store: LedgerStore
  readonly #projector: JournalProjector
  #projecting: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #alarmed = false
  /** The lock id refused last: a client that waits for a lock asks again and again, which is one story. */
  #lastRefused: string | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new LedgerStore(ctx.storage)
    this.#projector = new JournalProjector(this.#store, env, this.#name)
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

  async unlock(request: UnlockRequest, mayForce: boolean, caller: Caller): Promise<UnlockOutcome> {
    return this.#decide((at) => {
      const held = this.#store.lock()
      const decision = decideUnlock(held, this.#store.ending(request.id), request)
      if (decision === 'free-already' || !held) return { kind: 'free' }
      if (decision === 'held-by-another') {
        const reason = story(this.#name, held)
        this.#refuse({ what: 'unlock_refused', lock_id: request.id, who: null, reason, caller }, at)
        return { kind: 'refused', holder: held, reason }
      }
      const force = decision === 'force'
      if (force && !mayForce) return { kind: 'forbidden' }
      this.#store.endLock(held.info.ID, { how: force ? 'forced' : 'released', at, by: caller.credential })
      this.#store.note(force ? { kind: 'forced', lock: held, caller } : { kind: 'released', lock: held }, at)
      return { kind: 'free' }
    })
  }

  /** Takes a state in. Nothing of it is left when it is refused. */
  async write(body: ReadableStream<Uint8Array>, request: WriteRequest): Promise<WriteOutcome> {
    try {
      const upload = await receive(body, request.md5, this.#store)
      return this.#decide((at) => this.#commit(upload, request, at))
    } catch (error) {
      const problem = toProblem(error)
      if (problem.kind === 'internal') throw error
      return { kind: 'problem', problem: problem.kind, reason: problem.message }
    }
  }

  #commit(upload: Upload, request: WriteRequest, at: number): WriteOutcome {
    const { lockId, mayForce } = request
    const head = this.#store.version()?.version ?? null
    const held = this.#store.lock()
    const candidate = { ...upload.header, sha256: upload.sha256, lockId, mayForce }
    const decision = decideWrite(this.#name, head, held, this.#store.ending(lockId), candidate)
    if (decision.kind === 'store') return this.#add(upload, request, head, decision.forced, at)
    this.#store.discard(upload.id)
    if (decision.kind === 'refuse') return this.#refuseWrite(decision, held, request, at)
    return { kind: 'stored', version: head?.version ?? 0, serial: candidate.serial }
  }

  #add(
    upload: Upload,
    { lockId, caller }: WriteRequest,
    head: Version | null,
    forced: boolean,
    at: number,
  ): WriteOutcome {
    const version = versionOf(upload, (head?.version ?? 0) + 1, lockId, forced, at)
    this.#store.addPiece(upload.id, upload.lastPiece.n, upload.lastPiece.bytes)
    this.#store.addVersion(version, upload.id)
    this.#store.note({ kind: 'written', version, caller }, at)
    return { kind: 'stored', version: version.version, serial: version.serial }
  }

  #refuseWrite(
    { status, reason }: Refused,
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

  /** Runs a decision with all its effects as one transaction, and has D1 follow. */
  #decide<Outcome>(decision: (at: number) => Outcome): Outcome {
    const at = now()
    const outcome = this.#store.transact(() => decision(at))
    const waiting = this.#store.nextEntry()
    if (waiting) this.#follow(waiting.at, at)
    return outcome
  }

  /**
   * Has D1 follow soon. The alarm is stored with the entry, so that whatever happens to this process the entry is
   * projected; the timer is for when nothing happens.
   */
  #follow(since: number, at: number): void {
    if (!this.#alarmed) void this.ctx.storage.setAlarm(at + follow.again)
    this.#alarmed = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#project(), Math.min(follow.quiet, since + follow.latest - at))
  }

  /** Projects what a kill or a failing database left in the journal. */
  override async alarm(): Promise<void> {
    this.#alarmed = false
    await this.#project()
  }

  async #project(): Promise<void> {
    this.#projecting ??= this.#drain().finally(() => {
      this.#projecting = null
    })
    await this.#projecting
  }

  async #drain(): Promise<void> {
    try {
      await this.#projector.drain()
      if (this.#store.nextEntry()) return
      void this.ctx.storage.deleteAlarm()
      this.#alarmed = false
    } catch (error) {
      console.error({ state: this.#name, projection: String(error) })
      void this.ctx.storage.setAlarm(now() + follow.again)
      this.#alarmed = true
    }
  }

  #refuse(refusal: Omit<Refusal, 'kind'>, at: number): void {
    if (refusal.what === 'lock_refused' && refusal.lock_id === this.#lastRefused) return
    this.#lastRefused = refusal.lock_id
    this.#store.note({ kind: 'refused', ...refusal }, at)
  }
}

function versionOf(upload: Upload, version: number, lockId: string | null, forced: boolean, at: number): Version {
  const { version: format, encrypted, serial, lineage, terraform_version } = upload.header
  const { size, sha256, instances } = upload
  return {
    version,
    serial,
    lineage,
    sha256,
    size,
    terraform_version,
    format,
    encrypted,
    instances,
    lock_id: lockId,
    forced,
    at,
  }
}
