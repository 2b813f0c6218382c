import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import type { JournalProjector } from './journal-projector.ts'
import type { LedgerStore } from './ledger-store.ts'

/**
 * When D1 follows, in milliseconds: once a state has been `quiet`, so that a client's next request need not wait behind
 * the work of its last one, but `latest` so long after an entry; and `again` after a failure.
 */
const pace = { quiet: 100, latest: 500, again: 2000 }

/** Has D1 follow a ledger: soon, and whatever happens to this process. */
export class Follower {
  readonly #state: string
  readonly #storage: DurableObjectStorage
  readonly #store: LedgerStore
  readonly #projector: JournalProjector
  #projecting: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #alarmed = false

  constructor(state: string, storage: DurableObjectStorage, store: LedgerStore, projector: JournalProjector) {
    this.#state = state
    this.#storage = storage
    this.#store = store
    this.#projector = projector
  }

  /**
   * Has what waits in the journal projected. The alarm is stored with the entry, so that whatever happens to this process
   * the entry is projected; the timer is for when nothing happens.
   */
  follow(at: Moment): void {
    const waiting = this.#store.nextEntry()
    if (!waiting) return
    if (!this.#alarmed) void this.#storage.setAlarm(at + pace.again)
    this.#alarmed = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#project(), Math.min(pace.quiet, waiting.at + pace.latest - at))
  }

  /** Projects what a kill or a failing database left in the journal. */
  async alarm(): Promise<void> {
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
      void this.#storage.deleteAlarm()
      this.#alarmed = false
    } catch (error) {
      console.error({ state: this.#state, projection: String(error) })
      void this.#storage.setAlarm(now() + pace.again)
      this.#alarmed = true
    }
  }
}
