/** A needle is told by its first characters: shorter ones cannot be sought. */
export const shortestNeedle = 6

const slotBits = 18

/** Finds many strings in a text, in one pass over it however many there are. */
export class Needles {
  readonly #byStart = new Map<string, SameStart>()
  /** Marks what may be the start of a needle, so that most characters of a text cost one look. */
  readonly #mayStart = new Uint8Array(1 << slotBits)

  /** Adds a needle of at least `shortestNeedle` characters; a shorter one is left out. */
  add(needle: string): void {
    if (needle.length < shortestNeedle) return
    const start = needle.slice(0, shortestNeedle)
    const known = this.#byStart.get(start)
    if (known) return known.add(needle)
    this.#byStart.set(start, new SameStart(needle))
    let hash = 0
    for (let at = 0; at < shortestNeedle; at += 1) hash = rolled(hash, start.charCodeAt(at))
    this.#mayStart[slotOf(hash)] = 1
  }

  /** The text with each needle replaced; needles that overlap are replaced together. */
  replaceIn(text: string, replacement: string): string {
    if (this.#byStart.size === 0) return text
    let [shown, kept, hash] = ['', 0, 0]
    for (let last = 0; last < text.length; last += 1) {
      hash = rolled(hash, text.charCodeAt(last))
      const at = last + 1 - shortestNeedle
      if (at < 0 || this.#mayStart[slotOf(hash)] === 0) continue
      const length = this.#byStart.get(text.slice(at, last + 1))?.longestAt(text, at) ?? 0
      if (length === 0) continue
      if (at >= kept) shown += text.slice(kept, at) + replacement
      kept = Math.max(kept, at + length)
    }
    return kept === 0 ? text : shown + text.slice(kept)
  }
}

/** A hash of the last six characters: what came before them has left the 30 bits. */
function rolled(hash: number, code: number): number {
  return ((hash << 5) ^ code) & 0x3fff_ffff
}

function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e37_79b1) >>> (32 - slotBits)
}

/** Needles that start alike. */
class SameStart {
  readonly #needles: string[]
  /** By needle: where the longest other one stands that it begins with, or -1. Built when it is next needed. */
  #shorter: number[] | null = null
  #longest: number

  constructor(needle: string) {
    this.#needles = [needle]
    this.#longest = needle.length
  }

  add(needle: string): void {
    this.#needles.push(needle)
    this.#longest = Math.max(this.#longest, needle.length)
    this.#shorter = null
  }

  /** The length of the longest needle that stands there, or 0. */
  longestAt(text: string, at: number): number {
    this.#shorter ??= this.#sort()
    const rest = text.slice(at, at + this.#longest)
    // Every needle that the rest begins with is the last one not behind the rest, or one which that one begins with.
    let index = this.#countUpTo(rest) - 1
    while (index >= 0 && !rest.startsWith(this.#needles[index] ?? '')) index = this.#shorter[index] ?? -1
    return this.#needles[index]?.length ?? 0
  }

  /** How many needles do not sort behind a text. */
  #countUpTo(text: string): number {
    let [from, to] = [0, this.#needles.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#needles[middle] ?? '') <= text) from = middle + 1
      else to = middle
    }
    return from
  }

  #sort(): number[] {
    this.#needles.sort()
    const open: number[] = []
    return this.#needles.map((needle, index) => {
      while (open.length > 0 && !needle.startsWith(this.#needles[open.at(-1) ?? -1] ?? '')) open.pop()
      const shorter = open.at(-1) ?? -1
      open.push(index)
      return shorter
    })
  }
}
