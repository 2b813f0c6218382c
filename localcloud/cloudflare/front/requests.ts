/** One call as it is remembered. */
export type Logged = {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly milliseconds: number
  readonly ray: string
  readonly token: string | null
  readonly agent: string
}

/** The last calls, newest last: tests and people see here what a client really sent. */
export class RequestLog {
  readonly #kept: Logged[] = []

  add(call: Logged): void {
    this.#kept.push(call)
    if (this.#kept.length > 2000) this.#kept.splice(0, 500)
  }

  list(): readonly Logged[] {
    return this.#kept
  }

  clear(): void {
    this.#kept.length = 0
  }
}
