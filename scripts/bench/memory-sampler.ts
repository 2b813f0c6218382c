import { setTimeout as sleep } from 'node:timers/promises'
import { memory, tree } from './processes.ts'

export type Sampled = {
  /** Bytes before anything was asked. */
  readonly idle: number
  /** The most bytes in each phase. */
  readonly peaks: ReadonlyMap<string, number>
  /** Bytes, one for each 50 ms. */
  readonly samples: readonly number[]
}

/** Watches the memory of a process tree. */
export class MemorySampler {
  readonly #root: number
  readonly #peaks = new Map<string, number>()
  readonly #samples: number[] = []
  #phase = 'write'
  #idle = NaN
  #running = false
  #done: Promise<void> = Promise.resolve()
  /** The tree as it was at the beginning; the server starts no processes later. */
  processes: readonly number[] = []

  constructor(root: number) {
    this.#root = root
  }

  /** Notes the idle memory and begins to sample. */
  async begin(): Promise<void> {
    this.processes = await tree(this.#root)
    this.#idle = await memory(this.processes)
    this.#running = true
    this.#done = this.#sample()
  }

  /** Names the phase that begins now. */
  name(phase: string): void {
    this.#phase = phase
  }

  async end(): Promise<Sampled> {
    this.#running = false
    await this.#done
    return { idle: this.#idle, peaks: this.#peaks, samples: this.#samples }
  }

  async #sample(): Promise<void> {
    while (this.#running) {
      const phase = this.#phase
      const size = await memory(this.processes)
      this.#samples.push(size)
      this.#peaks.set(phase, Math.max(size, this.#peaks.get(phase) ?? 0))
      await sleep(50)
    }
  }
}
