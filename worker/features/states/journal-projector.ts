import { hint } from '../../platform/outbox.ts'
import type { Facts } from '../resources/inventory.ts'
import type { Entry, Noted } from './journal.ts'
import type { LedgerStore } from './ledger-store.ts'
import { apply, effectOf, readCursor, readProgress, runOf } from './projection.ts'
import type { Cursor } from './projection.ts'
import { VersionProjection, writerOf } from './written.ts'

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
      const facts = await this.#project(noted, this.#store.cursor())
      if (facts) this.#settle(noted.seq, facts)
      else await this.#learnCursor()
      if (facts && isAudited(noted.entry)) await hint(this.#env)
    }
  }

  /** D1 stands elsewhere than the ledger thought: a reply was lost, or D1 was restored to an earlier moment. */
  async #learnCursor(): Promise<void> {
    const { seq, part } = await readCursor(this.#env.DEPLOYMENT_DB, this.#state)
    this.#store.setCursor(seq, part)
  }

  /** @returns what the ledger learns from the entry, or null when D1 stands elsewhere. */
  async #project({ seq, at, entry }: Noted, cursor: Cursor): Promise<ReadonlyMap<string, Facts | null> | null> {
    if (entry.kind === 'written') return this.#projectVersion(seq, at, entry, cursor)
    const none = new Map<string, Facts | null>()
    if (cursor.seq >= seq) return none
    const progress =
      entry.kind === 'released' ? await readProgress(this.#env.DEPLOYMENT_DB, runOf(this.#state, entry.lock)) : null
    const applied = await this.#apply(cursor, { seq, part: 0 }, effectOf(this.#state, entry, progress, at), at)
    return applied ? none : null
  }

  /** Goes through all parts even when D1 has them already: what the ledger learns from them may have been lost. */
  async #projectVersion(seq: number, at: number, entry: Extract<Entry, { kind: 'written' }>, cursor: Cursor) {
    const { version, caller } = entry
    const key = writerOf(this.#state, version, caller)
    const progress = await readProgress(this.#env.DEPLOYMENT_DB, key)
    const projection = new VersionProjection(this.#store, { key, version, caller, progress, at })
    let part = 0
    for (const { effect, isLast } of projection.parts()) {
      part += 1
      if (cursor.seq >= seq || part <= cursor.part) continue
      const from = { seq: cursor.seq, part: part - 1 }
      if (!(await this.#apply(from, isLast ? { seq, part: 0 } : { seq: cursor.seq, part }, effect, at))) return null
      if (!isLast) await breath()
    }
    return projection.facts
  }

  async #apply(from: Cursor, to: Cursor, effect: Parameters<typeof apply>[4], at: number): Promise<boolean> {
    const applied = await apply(this.#env.DEPLOYMENT_DB, this.#state, from, to, effect, at)
    if (applied) this.#store.setCursor(to.seq, to.part)
    return applied
  }

  /** Drops the entry and remembers what the next version is compared with: one transaction, after D1 has it all. */
  #settle(seq: number, facts: ReadonlyMap<string, Facts | null>): void {
    this.#store.transact(() => {
      for (const [address, known] of facts) {
        if (known) this.#store.setFacts(address, JSON.stringify(known))
        else this.#store.forget(address)
      }
      this.#store.forgetEntriesUpTo(seq)
    })
  }
}

/**
 * Lets what arrived meanwhile have its turn. The runtime looks at its sockets only when nothing else is left to do, and
 * locally D1 is in the same process: part after part of a large state would keep everybody waiting until the last.
 */
async function breath(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
}

function isAudited(entry: Entry): boolean {
  return entry.kind === 'forced' || entry.kind === 'written'
}
