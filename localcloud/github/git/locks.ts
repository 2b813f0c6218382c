/** One holder at a time for each key, first come first served. */
export class Locks {
  readonly #tails = new Map<number, Promise<void>>()

  /** Waits for its turn. @returns what to call when done; further calls do nothing. */
  async take(key: number): Promise<() => void> {
    const before = this.#tails.get(key) ?? Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const tail = before.then(() => promise)
    this.#tails.set(key, tail)
    await before
    return () => {
      resolve()
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }
}
