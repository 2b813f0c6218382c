/** Lets one piece of work happen at a time, in the order asked: what is heavy is never in memory twice. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}
