import { setTimeout as pause } from 'node:timers/promises'

/** Lets work through unless the runtime is being changed; a change waits for what is inside, but not for ever. */
export class Gate {
  #closed: Promise<void> | null = null
  #open: () => void = () => {}
  #inside = 0
  #emptied: () => void = () => {}

  get inside(): number {
    return this.#inside
  }

  get isClosed(): boolean {
    return this.#closed !== null
  }

  /** Waits while the gate is closed; call the returned function once, when the work has ended. */
  async enter(): Promise<() => void> {
    while (this.#closed) await this.#closed
    this.#inside += 1
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inside -= 1
      if (this.#inside === 0) this.#emptied()
    }
  }

  /** Keeps everybody out who is not inside yet. */
  close(): void {
    this.#closed ??= new Promise((open) => (this.#open = open))
  }

  open(): void {
    this.#closed = null
    this.#open()
  }

  /** Resolves when nobody is inside, at the latest after `milliseconds`; says whether anybody was left. */
  async drain(milliseconds: number): Promise<boolean> {
    if (this.#inside === 0) return false
    const emptied = new Promise<void>((done) => (this.#emptied = done))
    await Promise.race([emptied, pause(milliseconds, null, { ref: false })])
    return this.#inside > 0
  }
}
