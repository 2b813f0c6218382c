import { setTimeout as pause } from 'node:timers/promises'
import type { Work } from './gate.ts'

/**
 * How often the runtime is asked for a sign of life, and after how long a silence it is asked once more, for the last
 * time: where this process itself was held up, the answer has been there for long.
 */
const everyMs = 500
const guessed = { silenceMs: 4000, lastMs: 1000 }
/** Where the one that has the thread can be seen, there is less to be careful about. */
const inspected = { silenceMs: 1500, lastMs: 500 }

/** Who may have the thread; `first` is among them because of what it was asked since the last sign of life. */
export type Suspects = {
  readonly scripts: readonly string[]
  readonly first: string | null
  readonly isSure: boolean
  /** The account itself asked its storage for something before any script was asked: it may be that. */
  readonly isOurs: boolean
}

/** What the watchdog sees and does. */
export type Watched = {
  /** Asks for a sign of life, and who is at work; throws when there is none in time. */
  readonly ping: (milliseconds: number) => Promise<readonly string[]>
  readonly works: () => readonly Work[]
  /** Scripts that may run without a request of ours: their objects have alarms, their workflows go on by themselves. */
  readonly selfMoving: () => readonly string[]
  readonly isChanging: () => boolean
  /** Whether the runtime was started so that one can see who has the thread. */
  readonly isInspected: () => boolean
  readonly onStuck: (suspects: Suspects) => Promise<void>
}

/**
 * All scripts share one thread: one that never yields stops the others. The watchdog sees the silence, works out whose
 * request began it, and has the runtime restarted without that script.
 */
export class Watchdog {
  readonly #watched: Watched
  readonly #stopping = new AbortController()
  readonly #stopped = new Promise<void>((done) => this.#stopping.signal.addEventListener('abort', () => done()))
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
    let busy: readonly string[] = []
    while (!this.#isStopping) {
      const asked = performance.now()
      const { silenceMs, lastMs } = this.#patience
      let told = await this.#answer(silenceMs)
      const isLate = !this.#watched.isChanging() && performance.now() - answered >= silenceMs
      if (!told && isLate) told = await this.#answer(lastMs)
      if (told || this.#watched.isChanging()) answered = asked
      if (told) busy = told
      else if (isLate && !this.#isStopping) {
        const suspects = suspectsIn(this.#watched, answered, busy)
        await this.#watched.onStuck(suspects).catch((error: unknown) => console.error(error))
        answered = performance.now()
      }
      await pause(everyMs, null, { signal: this.#stopping.signal, ref: false }).catch(() => {})
    }
  }

  async #answer(milliseconds: number): Promise<readonly string[] | null> {
    const pinged = this.#watched.ping(milliseconds).catch(() => null)
    return Promise.race([pinged, this.#stopped.then(() => null)])
  }

  get #patience(): typeof guessed {
    return this.#watched.isInspected() ? inspected : guessed
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }
}

/**
 * Whose work it may be that never yields. Of what began after the last sign of life, the first has the thread and the
 * others wait behind it; what was at work before may have gone on in between, also after its answer.
 */
export function suspectsIn(
  { works, selfMoving }: Pick<Watched, 'works' | 'selfMoving'>,
  answered: number,
  busy: readonly string[],
): Suspects {
  const known = works().filter((work): work is Work & { script: string } => work.script !== null)
  const [after] = known.filter(({ since }) => since >= answered).toSorted((a, b) => a.since - b.since)
  const before = known.filter(({ since }) => since < answered).map(({ script }) => script)
  const first = after?.script ?? null
  const scripts = [...new Set([...(first === null ? [] : [first]), ...before, ...busy])]
  const isOurs = works().some(({ script, since }) => script === null && since < (after?.since ?? Infinity))
  if (scripts.length === 0) return { scripts: isOurs ? [] : selfMoving(), first, isSure: !isOurs, isOurs }
  return { scripts, first, isSure: scripts.length === 1 && !isOurs, isOurs }
}
