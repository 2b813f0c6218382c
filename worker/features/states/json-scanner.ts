import * as json from './json-bytes.ts'
import type { Interest, Listener, Path } from './json-listener.ts'

/** A body that is not JSON, with the byte at which that shows. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson'
}

const deepest = 100
const longestNumber = 1000

type Expecting = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing'
type Inside = 'structure' | 'string' | 'character' | 'escape' | 'hex' | 'number' | 'literal'

/** One open container. Only those that were entered keep their place; inside a skipped value nothing is remembered. */
type Frame = { readonly isArray: boolean; readonly entered: boolean; step: string | number }

/** Bytes kept for the listener: of a value that began at a depth (a member's name: -1) and at a byte of the document. */
type Capture = { readonly depth: number; readonly begin: number; readonly pieces: Uint8Array[]; from: number }

/**
 * Checks a JSON document of any size as its bytes arrive, in constant memory, and hands over the values its listener
 * wants. `JSON.parse` would need several times the document; a state may be 100 MB and a Worker has 128.
 */
export class JsonScanner {
  readonly #listener: Listener
  readonly #frames: Frame[] = []
  readonly #steps: Readonly<Record<Inside, (bytes: Uint8Array, at: number) => number>> = {
    structure: (bytes, at) => this.#structure(bytes, at),
    string: (bytes, at) => this.#string(bytes, at),
    character: (bytes, at) => this.#character(bytes, at),
    escape: (bytes, at) => this.#escape(bytes, at),
    hex: (bytes, at) => this.#hex(bytes, at),
    number: (bytes, at) => this.#number(bytes, at),
    literal: (bytes, at) => this.#literal(bytes, at),
  }
  readonly #marks = new Map<number, (bytes: Uint8Array, at: number) => void>([
    [json.quote, (_, at) => this.#beginString(at)],
    [json.openBrace, (_, at) => this.#open(false, at)],
    [json.openBracket, (_, at) => this.#open(true, at)],
    [json.closeBrace, (bytes, at) => this.#close(false, bytes, at)],
    [json.closeBracket, (bytes, at) => this.#close(true, bytes, at)],
    [json.colon, (_, at) => this.#expect('colon', 'value', at)],
    [json.comma, (_, at) => this.#next(at)],
  ])
  #expecting: Expecting = 'value'
  #inside: Inside = 'structure'
  #isKey = false
  #token = ''
  #left = 0
  #second: readonly [number, number] = json.continuation
  #offset = 0
  #capture: Capture | null = null

  constructor(listener: Listener) {
    this.#listener = listener
  }

  /** Checks the next bytes. @throws MalformedJson */
  write(bytes: Uint8Array): void {
    if (this.#capture) this.#capture.from = 0
    for (let at = 0; at < bytes.length;) at = this.#steps[this.#inside](bytes, at)
    // A copy: a Buffer's own `slice` would be a view of what is overwritten.
    if (this.#capture) this.#capture.pieces.push(new Uint8Array(bytes.subarray(this.#capture.from)))
    this.#offset += bytes.length
  }

  /** Tells that there is no more. @throws MalformedJson when the document is not whole. */
  end(): void {
    if (this.#inside === 'number') this.#endNumber(new Uint8Array(), 0)
    if (this.#expecting === 'nothing' && this.#inside === 'structure') return
    throw new MalformedJson(`The JSON ends too early, after ${this.#offset} bytes.`)
  }

  #structure(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0
    const react = this.#marks.get(byte)
    if (react) react(bytes, at)
    else if (!json.spaces.has(byte)) return this.#beginScalar(byte, at)
    return at + 1
  }

  #beginString(at: number): void {
    this.#isKey = this.#expecting === 'key' || this.#expecting === 'key-or-end'
    this.#inside = 'string'
    if (!this.#isKey) this.#beginValue(at)
    else if (this.#frames.at(-1)?.entered) this.#beginCapture(-1, at)
  }

  #open(isArray: boolean, at: number): void {
    const entered = this.#beginValue(at) === 'enter'
    if (this.#frames.length >= deepest) this.#fail(at, `More than ${deepest} levels of nesting`)
    this.#frames.push({ isArray, entered, step: isArray ? 0 : '' })
    this.#expecting = isArray ? 'value-or-end' : 'key-or-end'
  }

  #close(isArray: boolean, bytes: Uint8Array, at: number): void {
    const empty = isArray ? 'value-or-end' : 'key-or-end'
    if (this.#frames.at(-1)?.isArray !== isArray) this.#fail(at)
    if (this.#expecting !== 'comma-or-end' && this.#expecting !== empty) this.#fail(at)
    this.#frames.pop()
    this.#endValue(bytes, at + 1)
  }

  #next(at: number): void {
    const frame = this.#frames.at(-1)
    if (!frame || this.#expecting !== 'comma-or-end') this.#fail(at)
    if (typeof frame.step === 'number') frame.step += 1
    this.#expecting = frame.isArray ? 'value' : 'key'
  }

  #beginScalar(byte: number, at: number): number {
    const literal = json.literals[byte]
    if (literal === undefined && !json.numberBytes.has(byte)) this.#fail(at)
    this.#beginValue(at)
    this.#token = literal ?? ''
    this.#left = 0
    this.#inside = literal === undefined ? 'number' : 'literal'
    return at
  }

  #string(bytes: Uint8Array, from: number): number {
    let at = from
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      if (byte === json.quote) return this.#endString(bytes, at + 1)
      if (byte === json.backslash) {
        this.#inside = 'escape'
        return at + 1
      }
      if (byte >= 128) return this.#beginCharacter(byte, at)
      if (byte < 32) this.#fail(at, 'A control character inside a string')
    }
    return at
  }

  /** A character of several bytes: the first tells how many, and which second ones are no overlong form or surrogate. */
  #beginCharacter(byte: number, at: number): number {
    const form = json.characters.find(({ from, to }) => byte >= from && byte <= to)
    if (!form) this.#fail(at, 'A byte that is not UTF-8')
    this.#left = form.more
    this.#second = form.second
    this.#inside = 'character'
    return at + 1
  }

  #character(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0
    const [low, high] = this.#second
    if (byte < low || byte > high) this.#fail(at, 'A byte that is not UTF-8')
    this.#second = json.continuation
    this.#left -= 1
    if (this.#left === 0) this.#inside = 'string'
    return at + 1
  }

  #escape(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0
    if (byte !== 117 && !json.escapes.has(byte)) this.#fail(at, 'An unknown escape')
    this.#left = 4
    this.#inside = byte === 117 ? 'hex' : 'string'
    return at + 1
  }

  #hex(bytes: Uint8Array, at: number): number {
    if (!json.hexBytes.has(bytes[at] ?? 0)) this.#fail(at, 'A broken \\u escape')
    this.#left -= 1
    if (this.#left === 0) this.#inside = 'string'
    return at + 1
  }

  #number(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && json.numberBytes.has(bytes[at] ?? 0)) {
      this.#token += String.fromCharCode(bytes[at] ?? 0)
      at++
    }
    if (this.#token.length > longestNumber) this.#fail(at, 'A number that is too long')
    if (at < bytes.length) this.#endNumber(bytes, at)
    return at
  }

  #endNumber(bytes: Uint8Array, at: number): void {
    if (!json.numberForm.test(this.#token)) this.#fail(at, 'A malformed number')
    this.#endValue(bytes, at)
  }

  #literal(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== this.#token.charCodeAt(this.#left)) this.#fail(at)
    this.#left += 1
    if (this.#left === this.#token.length) this.#endValue(bytes, at + 1)
    return at + 1
  }

  #endString(bytes: Uint8Array, end: number): number {
    if (!this.#isKey) {
      this.#endValue(bytes, end)
      return end
    }
    const frame = this.#frames.at(-1)
    if (frame?.entered) frame.step = String(this.#release(bytes, end))
    this.#inside = 'structure'
    this.#expecting = 'colon'
    return end
  }

  #beginValue(at: number): Interest {
    if (this.#expecting !== 'value' && this.#expecting !== 'value-or-end') this.#fail(at)
    const parent = this.#frames.at(-1)
    if (this.#capture || (parent && !parent.entered)) return 'skip'
    const interest = this.#listener.interest(this.#path())
    if (interest === 'capture') this.#beginCapture(this.#frames.length, at)
    return interest
  }

  #endValue(bytes: Uint8Array, end: number): void {
    this.#inside = 'structure'
    this.#expecting = this.#frames.length === 0 ? 'nothing' : 'comma-or-end'
    if (this.#capture?.depth !== this.#frames.length) return
    const place = { from: this.#capture.begin, to: this.#offset + end }
    this.#listener.captured(this.#path(), this.#release(bytes, end), place)
  }

  #beginCapture(depth: number, at: number): void {
    this.#capture = { depth, begin: this.#offset + at, pieces: [], from: at }
  }

  /** Ends the capture; what was checked byte by byte cannot fail to parse. */
  #release(bytes: Uint8Array, end: number): unknown {
    const { pieces, from } = this.#capture ?? { pieces: [], from: 0 }
    this.#capture = null
    const last = bytes.subarray(from, end)
    return JSON.parse(json.textOf(pieces.length === 0 ? last : Buffer.concat([...pieces, last])))
  }

  #path(): Path {
    return this.#frames.map((frame) => frame.step)
  }

  #expect(now: Expecting, then: Expecting, at: number): void {
    if (this.#expecting !== now) this.#fail(at)
    this.#expecting = then
  }

  #fail(at: number, what = 'Something that is not JSON'): never {
    throw new MalformedJson(`${what} at byte ${this.#offset + at}.`)
  }
}
