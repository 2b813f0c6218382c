import { hint } from '../../platform/outbox.ts'
import { breath } from './breath.ts'
import { deletionParts, isDeleted } from './deleted.ts'
import type { Entry, Noted } from './journal.ts'
import type { LedgerStore } from './ledger-store.ts'
import { apply, effectOf, readCursor, readProgress, runOf } from './projection.ts'
import type { Cursor, Part } from './projection.ts'
import { VersionProjection, writerOf } from './written.ts'

/** What the ledger learns from an entry once D1 has it all. */
type Lesson = () => void
const nothing: Lesson = () => undefined

/** Carries a ledger's journal into D1, entry by entry and part by part, each exactly once. */
export class JournalProjector {
  readonly #store: LedgerStore
  readonly #env: Env
  readonly #state: string

  constructor(store: LedgerStore, env: Env, state: string) {
    this.#store = store
    this.#env = env
    this.#state = state
  }

  /** Projects until nothing is left; one run at a time. */
  async drain(): Promise<void> {
    for (let noted = this.#store.nextEntry(); noted; noted = this.#store.nextEntry()) {
      const lesson = await this.#project(noted, this.#store.cursor())
      if (lesson) this.#settle(noted.seq, lesson)
      else await this.#learnCursor()
      if (lesson && isAudited(noted.entry)) await hint(this.#env)
    }
  }

  /** D1 stands elsewhere than the ledger thought: a reply was lost, or D1 was restored to an earlier moment. */
  async #learnCursor(): Promise<void> {
    const { seq, part } = await readCursor(this.#env.DEPLOYMENT_DB, this.#state)
    this.#store.setCursor(seq, part)
  }

  /** @returns what the ledger learns from the entry, or null when D1 stands elsewhere. */
  async #project({ seq, at, entry }: Noted, cursor: Cursor): Promise<Lesson | null> {
    if (entry.kind === 'written') return this.#projectVersion(seq, at, entry, cursor)
    if (entry.kind === 'deleted') return this.#projectDeletion(seq, at, entry, cursor)
    if (cursor.seq >= seq) return nothing
    const progress =
      entry.kind === 'released' ? await readProgress(this.#env.DEPLOYMENT_DB, runOf(this.#state, entry.lock)) : null
    const applied = await this.#apply(cursor, { seq, part: 0 }, effectOf(this.#state, entry, progress, at), at)
    return applied ? nothing : null
  }

  async #projectVersion(seq: number, at: number, entry: Extract<Entry, { kind: 'written' }>, cursor: Cursor) {
    const { version, caller } = entry
    const key = writerOf(this.#state, version, caller)
    const progress = await readProgress(this.#env.DEPLOYMENT_DB, key)
    const projection = new VersionProjection(this.#store, { key, version, caller, progress, at })
    if (!(await this.#applyParts(projection.parts(), seq, at, cursor))) return null
    return () => {
      for (const [address, known] of projection.facts) {
        if (known) this.#store.setFacts(address, JSON.stringify(known))
        else this.#store.forget(address)
      }
    }
  }

  /** Once D1 has its last part the state's row has another name, and the cursor of this one begins anew. */
  async #projectDeletion(seq: number, at: number, entry: Extract<Entry, { kind: 'deleted' }>, cursor: Cursor) {
    if (!(await isDeleted(this.#env.DEPLOYMENT_DB, this.#state, seq))) {
      const parts = deletionParts(this.#store, this.#state, seq, entry, at)
      if (!(await this.#applyParts(parts, seq, at, cursor))) return null
    }
    while (this.#store.discardUpTo(entry.version)) await breath()
    return () => {
      this.#store.forgetAll()
      this.#store.setCursor(0, 0)
    }
  }

  /** Goes through all parts even when D1 has them already: what the ledger learns from them may have been lost. */
  async #applyParts(parts: Iterable<Part>, seq: number, at: number, cursor: Cursor): Promise<boolean> {
    let part = 0
    for (const { effect, isLast } of parts) {
      part += 1
      if (cursor.seq >= seq || part <= cursor.part) continue
      const from = { seq: cursor.seq, part: part - 1 }
      if (!(await this.#apply(from, isLast ? { seq, part: 0 } : { seq: cursor.seq, part }, effect, at))) return false
      if (!isLast) await breath()
    }
    return true
  }

  async #apply(from: Cursor, to: Cursor, effect: Parameters<typeof apply>[4], at: number): Promise<boolean> {
    const applied = await apply(this.#env.DEPLOYMENT_DB, this.#state, from, to, effect, at)
    if (applied) this.#store.setCursor(to.seq, to.part)
    return applied
  }

  /** Drops the entry and remembers what the next one is compared with: one transaction, after D1 has it all. */
  #settle(seq: number, learn: Lesson): void {
    this.#store.transact(() => {
      learn()
      this.#store.forgetEntriesUpTo(seq)
    })
  }
}

function isAudited(entry: Entry): boolean {
  return entry.kind === 'forced' || entry.kind === 'written' || entry.kind === 'deleted'
}
