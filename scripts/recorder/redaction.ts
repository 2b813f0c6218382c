import { hidden } from '../../worker/platform/redact.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import { longestLine, wholeLength } from './lines.ts'
import type { Piece } from './lines.ts'

/** The longest secret that is found although a line was cut into pieces right through it, in characters. */
const overlap = 8192

const keyBegins = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const keyEnds = /-----END [A-Z ]*PRIVATE KEY-----/
/** No key has more lines. */
const longestKey = 200

/** Hides secrets in the lines of one stream, also where a line comes in pieces, or a key over several lines. */
export class Redaction {
  #carry = ''
  #keyLines = 0

  /** The lines to record for a piece; none while more of it must be seen. */
  lines({ text, isEnd }: Piece, secrets: Secrets): string[] {
    if (isEnd && this.#carry === '') return piecesOf(this.#isInKey(text) ? hidden : secrets.hide(text))
    const shown = secrets.hide(this.#carry + text)
    const kept = isEnd ? shown.length : wholeLength(shown.slice(0, Math.max(0, shown.length - overlap)))
    this.#carry = shown.slice(kept)
    return kept === 0 ? [] : piecesOf(shown.slice(0, kept))
  }

  /** Whether the line lies inside a private key that began on an earlier one. */
  #isInKey(text: string): boolean {
    const isInside = this.#keyLines > 0
    if (keyEnds.test(text)) this.#keyLines = 0
    else if (keyBegins.test(text)) this.#keyLines = longestKey
    else if (isInside) this.#keyLines -= 1
    return isInside
  }
}

/** A text may have grown when secrets were hidden in it. */
function piecesOf(text: string): string[] {
  if (text.length <= longestLine) return [text]
  const pieces: string[] = []
  for (let start = 0; start < text.length;) {
    const end = start + wholeLength(text.slice(start, start + longestLine))
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}
