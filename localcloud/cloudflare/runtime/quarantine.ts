/** How long nobody may ask for a script before it is let in again. */
const quietMs = 15_000

/** Scripts that stopped all others. They stay out until they are deployed again or nobody asks for them any more. */
export class Quarantine {
  readonly #asked = new Map<string, number>()

  get keys(): ReadonlySet<string> {
    return new Set(this.#asked.keys())
  }

  add(key: string, at: number): void {
    this.#asked.set(key, at)
  }

  release(key: string): boolean {
    return this.#asked.delete(key)
  }

  /** Somebody asks for a script: `out` while it is kept out, `back` when it has been quiet for long enough. */
  ask(key: string, at: number): 'in' | 'out' | 'back' {
    const last = this.#asked.get(key)
    if (last === undefined) return 'in'
    if (at - last >= quietMs) return 'back'
    this.#asked.set(key, at)
    return 'out'
  }
}
