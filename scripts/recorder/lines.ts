import { StringDecoder } from 'node:string_decoder'
import { plainText } from '../../worker/features/deployments/human-output.ts'

/** A line, or a piece of one that is too long to be kept whole. */
export type Piece = { readonly text: string; readonly isEnd: boolean }

/** The longest text of a line that the server takes, in characters. */
export const longestLine = 65_536

/** Cuts bytes into lines as they come, and lines that are too long into pieces. Invalid UTF-8 becomes U+FFFD. */
export class LineCutter {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  push(bytes: Buffer): Piece[] {
    return this.#cut(this.#decoder.write(bytes))
  }

  /** The last line, when nothing ended it. */
  end(): Piece[] {
    const pieces = this.#cut(this.#decoder.end())
    const last = this.#rest === '' ? [] : [{ text: plainText(this.#rest), isEnd: true }]
    this.#rest = ''
    return [...pieces, ...last]
  }

  #cut(text: string): Piece[] {
    const pieces: Piece[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#split(this.#rest + text.slice(start, end), pieces)
      pieces.push({ text: plainText(this.#rest), isEnd: true })
      this.#rest = ''
      start = end + 1
    }
    this.#split(this.#rest + text.slice(start), pieces)
    return pieces
  }

  /** What is too long goes out in pieces, the rest stays. */
  #split(text: string, pieces: Piece[]): void {
    let start = 0
    while (text.length - start > longestLine) {
      const end = start + wholeLength(text.slice(start, start + longestLine))
      pieces.push({ text: plainText(text.slice(start, end)), isEnd: false })
      start = end
    }
    this.#rest = start === 0 ? text : text.slice(start)
  }
}

/** The length without half of a character at the end. */
export function wholeLength(text: string): number {
  return /[\uD800-\uDBFF]$/.test(text) ? text.length - 1 : text.length
}
