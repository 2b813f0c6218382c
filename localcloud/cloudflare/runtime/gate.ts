import { setTimeout as pause } from 'node:timers/promises'

/** A piece of work in the runtime: for which script, since when. `inside` came from another piece of work. */
export type Work = { readonly script: string | null; readonly since: number; readonly inside: boolean }

/** Lets work through unless the runtime is being changed; a change waits for what is inside, but not for ever. */
export class Gate {
  readonly #works = new Set<Work>()
  #closed: Promise<void> | null = null
  #isDraining = false
  #open: () => void = () => {}
  #emptied: () => void = () => {}

  get isClosed(): boolean {
    return this.#closed !== null
  }

  /** What is in the runtime now. */
  get works(): readonly Work[] {
    return [...this.#works]
  }

  /**
   * Waits while the gate is closed. What a running piece of work asks for is let in while the gate is being emptied:
   * it would wait for its own caller otherwise.
   * @returns what to call once the work has ended.
   */
  async enter(script: string | null, inside = false): Promise<() => void> {
    while (this.#keepsOut(inside)) await this.#closed
    const work = { script, since: performance.now(), inside }
    this.#works.add(work)
    return () => {
      if (this.#works.delete(work) && this.#works.size === 0) this.#emptied()
    }
  }

  #keepsOut(inside: boolean): boolean {
    return this.#closed !== null && !(inside && this.#isDraining)
  }

  /** Keeps everybody out who is not inside yet. */
  close(): void {
    this.#closed ??= new Promise((open) => (this.#open = open))
  }

  open(): void {
    this.#closed = null
    this.#isDraining = false
    this.#open()
  }

  /** Resolves when nobody is inside, at the latest after `milliseconds`. */
  async drain(milliseconds: number): Promise<void> {
    if (this.#works.size > 0) {
      this.#isDraining = true
      const emptied = new Promise<void>((done) => (this.#emptied = done))
      await Promise.race([emptied, pause(milliseconds, null, { ref: false })])
    }
    this.#isDraining = false
  }
}
