import { setTimeout as pause } from 'node:timers/promises'
import type { Work } from './gate.ts'

/**
 * How often the runtime is asked for a sign of life, and after how long a silence it is asked once more, for the last
 * time: where this process itself was held up, the answer has been there for long.
 */
const everyMs = 500
const silenceMs = 5000
const lastMs = 1000

/** What the watchdog sees and does. */
export type Watched = {
  /** Asks for a sign of life; throws when there is none in time. */
  readonly ping: (milliseconds: number) => Promise<void>
  readonly works: () => readonly Work[]
  /** Scripts that may run without a request of ours: their objects have alarms, their workflows go on by themselves. */
  readonly selfMoving: () => readonly string[]
  readonly isChanging: () => boolean
  readonly onStuck: (suspects: readonly string[]) => Promise<void>
}

/**
 * All scripts share one thread: one that never yields stops the others. The watchdog sees the silence, works out whose
 * request began it, and has the runtime restarted without that script.
 */
export class Watchdog {
  readonly #watched: Watched
  readonly #stopping = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(watched: Watched) {
    this.#watched = watched
  }

  start(): void {
    this.#ended = this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #watch(): Promise<void> {
    let answered = performance.now()
    while (!this.#stopping.signal.aborted) {
      const asked = performance.now()
      if ((await this.#answers(silenceMs)) || this.#watched.isChanging()) answered = asked
      else if (performance.now() - answered >= silenceMs && !(await this.#answers(lastMs))) {
        await this.#watched.onStuck(suspectsIn(this.#watched, answered)).catch((error: unknown) => console.error(error))
        answered = performance.now()
      }
      await pause(everyMs, null, { signal: this.#stopping.signal, ref: false }).catch(() => {})
    }
  }

  async #answers(milliseconds: number): Promise<boolean> {
    return this.#watched.ping(milliseconds).then(
      () => true,
      () => false,
    )
  }
}

/**
 * Whose work it is that never yields. Work that began before the last sign of life and has not ended was waiting then;
 * of what began after it, the first has the thread and the others wait behind it.
 */
export function suspectsIn({ works, selfMoving }: Pick<Watched, 'works' | 'selfMoving'>, answered: number): string[] {
  const known = works().filter((work): work is Work & { script: string } => work.script !== null)
  const [first] = known.filter(({ since }) => since >= answered).toSorted((a, b) => a.since - b.since)
  if (first) return [first.script]
  const older = [...new Set(known.map(({ script }) => script))]
  return older.length > 0 ? older : [...selfMoving()]
}
