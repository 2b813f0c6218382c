/** A token of HCL. What stands in the expressions of a template is passed over. */
export type Token = {
  /** `line` is the end of one; `text` is quoted or a heredoc. */
  readonly kind: 'word' | 'number' | 'sign' | 'text' | 'line'
  /** What a text says, without the expressions in it; the other tokens as they are. */
  readonly text: string
  /** Whether a text says what it looks like: it has no escapes and no expressions. */
  readonly isPlain: boolean
}

const identifier = String.raw`[\p{ID_Start}_][\p{ID_Continue}-]*`
const outside = new RegExp(
  [
    String.raw`(?<space>[ \t\r\uFEFF]+|/\*[\s\S]*?\*/)`,
    String.raw`(?<line>\n|(?:#|//)[^\n]*(?:\n|$))`,
    String.raw`<<-?(?<marker>${identifier})\r?\n`,
    String.raw`(?<word>${identifier})`,
    String.raw`(?<number>\d[\d.]*)`,
    '(?<quote>")',
    String.raw`(?<open>/\*)`,
    String.raw`(?<sign>[\s\S])`,
  ].join('|'),
  'uy',
)
const inQuotes = /(?<end>")|(?<escape>\\[^\n]|\$\$\{|%%\{)|(?<expression>[$%]\{)|(?<plain>[^"\\$%\n]+|[$%])/uy
const inHeredoc = /(?<line>\n)|(?<escape>\$\$\{|%%\{)|(?<expression>[$%]\{)|(?<plain>[^$%\n]+|[$%])/uy

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** Reads HCL as Terraform does: comments, quotes, heredocs and templates may hold each other's marks. */
export class Scanner {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  /** The next token; null at the end. @throws when a text, a comment or an expression has no end. */
  next(): Token | null {
    for (;;) {
      const groups = this.#match(outside)
      if (groups === null) return null
      if (groups['open'] !== undefined) throw new Error('a comment has no end')
      if (groups['space'] === undefined) return this.#tokenOf(groups)
    }
  }

  #tokenOf({ line, marker, word, number, quote, sign = '' }: Groups): Token {
    if (quote !== undefined) return this.#quoted()
    if (marker !== undefined) return this.#heredoc(marker)
    if (line !== undefined) return { kind: 'line', text: line, isPlain: true }
    if (word !== undefined) return { kind: 'word', text: word, isPlain: true }
    if (number !== undefined) return { kind: 'number', text: number, isPlain: true }
    return { kind: 'sign', text: sign, isPlain: true }
  }

  #quoted(): Token {
    let [text, isPlain] = ['', true]
    for (;;) {
      const groups = this.#match(inQuotes)
      if (groups === null) throw new Error('a text has no end')
      if (groups['end'] !== undefined) return { kind: 'text', text: unescaped(text), isPlain }
      if (groups['expression'] !== undefined) this.#passExpression()
      isPlain &&= groups['plain'] !== undefined
      text += groups['escape'] ?? groups['plain'] ?? ''
    }
  }

  /** Ends where its marker is alone on a line; the end of that line is left. */
  #heredoc(marker: string): Token {
    let text = ''
    for (let isStart = true; ;) {
      if (isStart && this.#restOfLine().trim() === marker) {
        this.#at += this.#restOfLine().length
        return { kind: 'text', text, isPlain: false }
      }
      const groups = this.#match(inHeredoc)
      if (groups === null) throw new Error('a heredoc has no end')
      if (groups['expression'] !== undefined) this.#passExpression()
      isStart = groups['line'] !== undefined
      text += groups['line'] ?? groups['escape']?.slice(1) ?? groups['plain'] ?? ''
    }
  }

  #passExpression(): void {
    for (let depth = 1; depth > 0;) {
      const token = this.next()
      if (token === null) throw new Error('an expression has no end')
      if (token.kind !== 'sign') continue
      depth += token.text === '{' ? 1 : token.text === '}' ? -1 : 0
    }
  }

  #restOfLine(): string {
    const end = this.#source.indexOf('\n', this.#at)
    return this.#source.slice(this.#at, end === -1 ? undefined : end)
  }

  #match(form: RegExp): Groups | null {
    form.lastIndex = this.#at
    const found = form.exec(this.#source)
    if (found === null) return null
    this.#at = form.lastIndex
    return found.groups ?? {}
  }
}

type Groups = Readonly<Record<string, string | undefined>>

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4\{/gu,
    (_, short, long, sign, template) => {
      if (template !== undefined) return `${template}{`
      const code = short ?? long
      return code === undefined ? (escapes[sign] ?? String(sign)) : String.fromCodePoint(Number.parseInt(code, 16))
    },
  )
}
