import { hidden, redactText } from '../../platform/redact.ts'

const beginning = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const end = /-----END [A-Z ]*PRIVATE KEY-----/

/** A key of 16,384 bits has 200 lines; a beginning without an end must not hide all the rest. */
const longestKey = 250

/**
 * Hides what looks like a secret in lines of output, given in order. A private key is printed over many lines, of which
 * only the first and the last look like what they are.
 */
export class LineRedaction {
  /** For each stream inside a key, how many of its lines have passed. */
  readonly #inside = new Map<string, number>()

  /** @param stream tells lines apart that come from different places */
  hide(stream: string, text: string): string {
    const passed = this.#inside.get(stream)
    if (passed !== undefined) return this.#hideInside(stream, text, passed)
    const start = beginning.exec(text)
    if (start && !end.test(text.slice(start.index))) this.#inside.set(stream, 1)
    return redactText(text)
  }

  #hideInside(stream: string, text: string, passed: number): string {
    const last = end.exec(text)
    if (!last && passed < longestKey) {
      this.#inside.set(stream, passed + 1)
      return hidden
    }
    this.#inside.delete(stream)
    return last ? hidden + this.hide(stream, text.slice(last.index + last[0].length)) : this.hide(stream, text)
  }
}
