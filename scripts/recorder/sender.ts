import type { Server } from '../cli/api.ts'
import { deliver } from './delivery.ts'
import type { Created, Outcome } from './delivery.ts'
import type { Spool } from './spool.ts'

/** Waits between attempts while the server is away, in milliseconds; the last one for ever. */
const pauses = [500, 1000, 2000, 5000, 15_000]

/** Sends a run's record while the run goes on. It never fails and is never waited for, but at the end. */
export class Sender {
  /** The deployment, as soon as the server has answered; null when the first attempt failed. */
  readonly created: Promise<Created | null>
  readonly #spool: Spool
  readonly #server: Server
  readonly #stop = new AbortController()
  readonly #tellCreated: (created: Created | null) => void
  #running: Promise<void> | null = null
  #isWanted = false
  #retry: NodeJS.Timeout | null = null
  #silence: NodeJS.Timeout | null = null
  #failures = 0
  #known: Created | null = null
  #outcome: Outcome = { kind: 'upToDate', reason: '' }

  constructor(spool: Spool, server: Server) {
    this.#spool = spool
    this.#server = server
    const { promise, resolve } = Promise.withResolvers<Created | null>()
    this.created = promise
    this.#tellCreated = resolve
  }

  /** The deployment, once it is known. */
  get known(): Created | null {
    return this.#known
  }

  /** Whether the server has answered, and wants nothing of it. */
  get isRefused(): boolean {
    return ['denied', 'rejected'].includes(this.#outcome.kind)
  }

  /** There is something to send. While the server is away, the clock decides when it is asked again. */
  wake(): void {
    this.#isWanted = true
    if (this.#retry === null && !this.#isHopeless()) this.#running ??= this.#send()
  }

  /** Sends the rest, the end included. It gives up when the server takes nothing for a while, or takes too long. */
  async drain({ silentMs, totalMs }: { readonly silentMs: number; readonly totalMs: number }): Promise<Outcome> {
    const stop = () => this.#stop.abort()
    this.#silence = setTimeout(stop, silentMs)
    const end = setTimeout(stop, totalMs)
    // What was on its way may fail without having known the end: that one more attempt is due.
    for (let attempt = 0; attempt < 2 && this.#outcome.kind !== 'delivered'; attempt += 1) {
      this.#cancelRetry()
      this.wake()
      await this.#running
    }
    clearTimeout(this.#silence)
    clearTimeout(end)
    this.#cancelRetry()
    return this.#outcome
  }

  #cancelRetry(): void {
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
  }

  #isHopeless(): boolean {
    return this.#stop.signal.aborted || this.isRefused
  }

  async #send(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false
      this.#outcome = await deliver(this.#spool, this.#server, {
        signal: this.#stop.signal,
        onTaken: () => this.#silence?.refresh(),
        onCreated: (created) => {
          this.#known = created
          this.#tellCreated(created)
        },
      })
      if (this.#outcome.kind === 'unreachable') this.#pause()
      if (this.#outcome.kind !== 'upToDate') break
      this.#failures = 0
    }
    this.#tellCreated(this.#known)
    this.#running = null
  }

  #pause(): void {
    const ms = pauses[Math.min(this.#failures, pauses.length - 1)]
    this.#failures += 1
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.wake()
    }, ms).unref()
  }
}
