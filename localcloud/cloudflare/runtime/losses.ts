type Loss = { readonly key: string; readonly at: number }

/** Requests that broke off because the runtime died under them: whoever is always there is to blame. */
export class Losses {
  #kept: Loss[] = []

  add(key: string, at: number): void {
    this.#kept = [...this.#kept.filter((loss) => at - loss.at < 600_000), { key, at }].slice(-1000)
  }

  /** The scripts that lost a request since then. */
  since(at: number): string[] {
    return [...new Set(this.#kept.filter((loss) => loss.at >= at).map(({ key }) => key))]
  }

  /** The scripts that lost requests at two or more moments since then. */
  repeated(at: number): string[] {
    return this.since(at).filter((key) => {
      const times = this.#kept.filter((loss) => loss.key === key && loss.at >= at).map((loss) => loss.at)
      return Math.max(...times) - Math.min(...times) > 500
    })
  }
}
