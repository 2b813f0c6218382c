import { Refused } from './envelope.ts'

/** Takes the content of one part, piece by piece. A piece is gone when the next comes. */
export type PartSink = { write(bytes: Uint8Array): void; end(): void }

const longestHead = 8000
const disposition = /^form-data; ?name="([^"\\\r\n]*)"(?:; ?filename="[^"\r\n]*")?$/i

/**
 * Reads a form as it arrives, in constant memory, and hands over the parts that `sinkFor` wants. What two readers could
 * take for two things is refused: another line end, a boundary inside a part, an encoding, a head that is told twice.
 */
export class FormScanner {
  readonly #mark: Buffer
  readonly #sinkFor: (name: string) => PartSink | null
  #space = Buffer.alloc(80_000)
  #rest = this.#space.subarray(0, 0)
  #inside: 'start' | 'head' | 'content' | 'end' = 'start'
  #sink: PartSink | null = null

  constructor(boundary: string, sinkFor: (name: string) => PartSink | null) {
    this.#mark = Buffer.from(`--${boundary}`)
    this.#sinkFor = sinkFor
  }

  write(bytes: Uint8Array): void {
    const size = this.#rest.length + bytes.length
    if (size > this.#space.length) {
      const larger = Buffer.alloc(size * 2)
      larger.set(this.#rest)
      this.#space = larger
    }
    // One space for all pieces: a copy of each would be garbage that is collected late.
    this.#space.set(bytes, this.#rest.length)
    this.#rest = this.#space.subarray(0, size)
    while (this.#step()) continue
    const left = this.#rest.length
    this.#space.set(this.#rest)
    this.#rest = this.#space.subarray(0, left)
  }

  end(): void {
    if (this.#inside !== 'end') throw oddForm('It ends too early.')
  }

  /** Takes one thing off the rest. @returns false when more must arrive first. */
  #step(): boolean {
    if (this.#inside === 'head') return this.#head()
    if (this.#inside === 'end') return this.#afterwards()
    return this.#untilMark()
  }

  #untilMark(): boolean {
    const at = this.#rest.indexOf(this.#mark)
    // The line end before a mark belongs to it, and two signs after it tell which one it is.
    if (at < 0) return this.#pass(this.#rest.length - this.#mark.length - 1)
    const before = this.#inside === 'start' ? 0 : 2
    if (this.#rest.length < at + this.#mark.length + 2) return this.#pass(at - before)
    if (before === 0 ? at !== 0 : this.#rest.toString('latin1', Math.max(0, at - 2), at) !== '\r\n')
      throw oddForm('Its boundary stands where no part ends.')
    this.#pass(at - before)
    this.#sink?.end()
    this.#sink = null
    const after = this.#take(before + this.#mark.length + 2)
      .subarray(-2)
      .toString('latin1')
    if (after !== '\r\n' && after !== '--') throw oddForm('Its boundary is followed by something else.')
    this.#inside = after === '--' ? 'end' : 'head'
    return true
  }

  /** Hands over so many bytes of content. */
  #pass(length: number): false {
    if (length <= 0) return false
    if (this.#inside === 'start') throw oddForm('It does not begin with its boundary.')
    const content = this.#take(length)
    this.#sink?.write(content)
    return false
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  #head(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0 && this.#rest.length > longestHead) throw oddForm('The head of a part is too long.')
    if (end < 0) return false
    const head = this.#take(end + 4).toString('utf8', 0, end)
    this.#sink = this.#sinkFor(nameIn(head))
    this.#inside = 'content'
    return true
  }

  #afterwards(): boolean {
    // The form of the SDK's own maker ends with an empty line.
    if (!'\r\n\r\n'.startsWith(this.#rest.toString('latin1'))) throw oddForm('Something follows its end.')
    return false
  }
}

/** The name of a part, by its head. */
function nameIn(head: string): string {
  const lines = head.split('\r\n').map((line) => /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line))
  const names = lines.map((line) => line?.[1]?.toLowerCase() ?? '')
  if (/[\r\n]/.test(head.replaceAll('\r\n', '')) || new Set(names).size < names.length)
    throw oddForm('The head of a part is not clear.')
  if (names.some((name) => !['content-disposition', 'content-type', 'content-length'].includes(name)))
    throw oddForm('The head of a part says something unusual.')
  const name = disposition.exec(lines[names.indexOf('content-disposition')]?.[2] ?? '')?.[1]
  if (name === undefined) throw oddForm('A part has no plain name.')
  return name
}

/** The boundary that a content type names. */
export function boundaryIn(contentType: string): string {
  const found = /^multipart\/form-data; *boundary=(?:"([\w'+.=-]{1,70})"|([\w'+.=-]{1,70}))$/i.exec(contentType.trim())
  const boundary = found?.[1] ?? found?.[2]
  if (boundary === undefined) throw oddForm('Its type names no plain boundary.')
  return boundary
}

export function oddForm(what: string): Refused {
  return new Refused(400, { code: 10_021, message: `The form cannot be examined. ${what}` })
}
