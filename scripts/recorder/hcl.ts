import { Scanner } from './hcl-scanner.ts'
import type { Token } from './hcl-scanner.ts'

export type Attribute = { readonly name: string; readonly value: readonly Token[] }
export type Block = { readonly type: string; readonly labels: readonly Token[]; readonly body: Body }
/** What a file says, or a block between its braces. */
export type Body = { readonly attributes: readonly Attribute[]; readonly blocks: readonly Block[] }

/** Reads a file of a configuration, or of variables, without evaluating anything. @throws when it is not surely understood. */
export function parseHcl(source: string): Body {
  return new Parser(new Scanner(source)).body(false)
}

const opening = new Set(['(', '[', '{'])
const closing = new Set([')', ']', '}'])

class Parser {
  readonly #scanner: Scanner
  #token: Token | null

  constructor(scanner: Scanner) {
    this.#scanner = scanner
    this.#token = scanner.next()
  }

  body(isBlock: boolean): Body {
    const attributes: Attribute[] = []
    const blocks: Block[] = []
    for (;;) {
      while (this.#token?.kind === 'line') this.#take()
      if (isBlock ? this.#isSign('}') : this.#token === null) return { attributes, blocks }
      const name = this.#take()
      if (name.kind !== 'word') throw new Error(`${name.text} is not expected`)
      if (this.#isSign('=')) attributes.push({ name: name.text, value: this.#value() })
      else blocks.push(this.#block(name.text))
    }
  }

  #block(type: string): Block {
    const labels: Token[] = []
    while (this.#token?.kind === 'word' || this.#token?.kind === 'text') labels.push(this.#take())
    if (!this.#isSign('{')) throw new Error(`${type} is not followed by a block`)
    this.#take()
    const body = this.body(true)
    this.#take()
    return { type, labels, body }
  }

  /** Up to the end of the line, or of the block, in which it stands. */
  #value(): Token[] {
    this.#take()
    const value: Token[] = []
    for (let depth = 0; depth > 0 || !this.#isEndOfValue();) {
      const token = this.#take()
      value.push(token)
      if (token.kind !== 'sign') continue
      depth += opening.has(token.text) ? 1 : closing.has(token.text) ? -1 : 0
      if (depth < 0) throw new Error(`${token.text} is not expected`)
    }
    return value
  }

  #isEndOfValue(): boolean {
    return this.#token === null || this.#token.kind === 'line' || this.#isSign('}')
  }

  #isSign(text: string): boolean {
    return this.#token?.kind === 'sign' && this.#token.text === text
  }

  #take(): Token {
    const token = this.#token
    if (token === null) throw new Error('a block has no end')
    this.#token = this.#scanner.next()
    return token
  }
}

/** The texts and numbers in a value, without the names in its maps. */
export function literalsIn(value: readonly Token[]): string[] {
  return value
    .filter(({ kind }, index) => (kind === 'text' && !isName(value[index + 1])) || kind === 'number')
    .map(({ text }) => text)
}

function isName(next: Token | undefined): boolean {
  return next?.kind === 'sign' && (next.text === '=' || next.text === ':')
}
