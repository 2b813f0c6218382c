import type { Run } from './run.ts'
import { passOn } from './signals.ts'
import type { Signals } from './signals.ts'
import { codeOf, runTapped } from './terraform.ts'
import type { Ending, Filter, Invocation, Tap } from './terraform.ts'
import { Channel, nothingTold } from './transcript.ts'
import type { Told } from './transcript.ts'

/** What became of an operation. */
export type Done = Ending & { readonly isInterrupted: boolean }

/** One step of a run: a program with its output. */
export class Operation {
  readonly number: number
  readonly told: Told = nothingTold()
  readonly #kind: string
  readonly #run: Run
  readonly #signals: Signals
  #startedAt = 0
  #endedAt = 0
  #done: Done | null = null

  constructor(run: Run, signals: Signals, number: number, kind: string) {
    this.#run = run
    this.#signals = signals
    this.number = number
    this.#kind = kind
  }

  /** Runs the program to its end. */
  async run(invocation: Invocation, filter?: Filter): Promise<Done> {
    const { clock, transcript } = this.#run
    this.#startedAt = clock.now()
    transcript.segments.add({ type: 'operation', operation: this.number, kind: this.#kind, status: 'in_progress' })
    const before = this.#signals.count
    let notices = 0
    const tapped = (stream: 'stdout' | 'stderr'): Tap => {
      const channel = this.channel(stream)
      const push = (bytes: Buffer) => {
        if (this.#signals.count > before && bytes.includes('nterrupt')) notices += 1
        channel.push(bytes)
      }
      return { push, end: () => channel.end() }
    }
    const running = runTapped(invocation, tapped, filter)
    const ignore = this.#signals.listen(passOn(running.pid, () => notices))
    const ending = await running.ended
    ignore()
    this.#endedAt = clock.now()
    this.#done = { ...ending, isInterrupted: this.#signals.count > before }
    return this.#done
  }

  /** Where output of this operation is recorded. */
  channel(stream: 'stdout' | 'stderr'): Channel {
    return new Channel(this.#run.transcript, this.number, stream, this.told)
  }

  /** Records the end, after all of the output was recorded. @param hasChanges whether 2 is the exit code of a success. */
  conclude(hasChanges = false): void {
    if (this.#done === null) return
    const { segments } = this.#run.transcript
    const { signal } = this.#done
    const code = codeOf(this.#done)
    const ended = {
      type: 'operation',
      operation: this.number,
      kind: this.#kind,
      status: this.#statusOf(this.#done, hasChanges),
      exit_code: hasChanges && code === 2 ? 0 : code,
      duration_ms: this.#endedAt - this.#startedAt,
      ...(this.told.summary && { summary: this.told.summary }),
    }
    segments.add(ended, this.#endedAt)
    if (signal === null) return
    segments.addNumbered({ type: 'note', kind: 'killed', detail: `Ended by ${signal}.` }, this.#endedAt)
  }

  #statusOf({ code, isInterrupted }: Done, hasChanges: boolean): 'success' | 'canceled' | 'failed' {
    if (code === 0 || (hasChanges && code === 2)) return 'success'
    return isInterrupted || this.told.isInterrupted ? 'canceled' : 'failed'
  }
}
