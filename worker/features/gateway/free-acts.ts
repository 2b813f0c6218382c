import type { Moment } from '../../platform/clock.ts'

/** Acts of one caller that are written in a minute although they cost no call of the account's. */
export const writtenEach = 60
const minute = 60_000

/** Counts what costs its caller nothing, so that nobody fills the audit with it. */
export class FreeActs {
  readonly #counted = new Map<string, { readonly from: Moment; count: number }>()

  /** @returns null for an act that is left out, else how many of the caller's were left out in the minute before */
  count(caller: string, at: Moment): number | null {
    const known = this.#counted.get(caller)
    if (known && at - known.from < minute) {
      known.count += 1
      return known.count <= writtenEach ? 0 : null
    }
    if (this.#counted.size >= 1000) this.#counted.clear()
    this.#counted.set(caller, { from: at, count: 1 })
    return Math.max(0, (known?.count ?? 0) - writtenEach)
  }
}
