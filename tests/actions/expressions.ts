/** What an expression may name: `github`, `needs`, … */
export type Contexts = Readonly<Record<string, unknown>>

/** Evaluates the `${{ }}` of a text. One that is all of the text keeps its type. @throws for what workflows here never use */
export function evaluate(text: string, contexts: Contexts): unknown {
  const [, whole] = /^\$\{\{(.*)\}\}$/s.exec(text.trim()) ?? []
  if (whole !== undefined && !whole.includes('${{')) return valueOf(whole, contexts)
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => asText(valueOf(inner, contexts)))
}

/** As GitHub puts a value into a text: what is not there is nothing. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The value of an expression without its `${{ }}`, as an `if` has it. */
export function valueOf(expression: string, contexts: Contexts): unknown {
  const tokens = [...expression.matchAll(/'(?:[^']|'')*'|[A-Za-z_][\w.-]*|[!=]=|&&|\|\||[!()]|\S/g)].map(
    ([token]) => token,
  )
  const parser = new Parser(tokens, contexts)
  const value = parser.either()
  if (parser.rest.length > 0) throw new Error(`Not understood in an expression: ${parser.rest.join(' ')}`)
  return value
}

class Parser {
  readonly rest: string[]
  readonly #contexts: Contexts

  constructor(tokens: readonly string[], contexts: Contexts) {
    this.rest = [...tokens]
    this.#contexts = contexts
  }

  either(): unknown {
    let value = this.#both()
    while (this.#has('||')) {
      const other = this.#both()
      value = value || other
    }
    return value
  }

  #both(): unknown {
    let value = this.#equal()
    while (this.#has('&&')) {
      const other = this.#equal()
      value = value && other
    }
    return value
  }

  #equal(): unknown {
    const value = this.#single()
    if (this.#has('==')) return value === this.#single()
    return this.#has('!=') ? value !== this.#single() : value
  }

  #single(): unknown {
    if (this.#has('!')) return !this.#single()
    if (this.#has('(')) return this.#closed(this.either())
    const token = this.rest.shift() ?? ''
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
    if (!/^[A-Za-z_]/.test(token)) throw new Error(`Not understood in an expression: ${token}`)
    return this.#has('(') ? this.#call(token) : this.#named(token)
  }

  #call(name: string): unknown {
    if (name === 'fromJSON') return this.#closed(JSON.parse(asText(this.either())))
    const status = this.#contexts[`${name}()`]
    if (status === undefined) throw new Error(`There is no function ${name} here.`)
    return this.#closed(status)
  }

  #named(path: string): unknown {
    const [root = '', ...steps] = path.split('.')
    if (!(root in this.#contexts)) throw new Error(`There is no context ${root} here.`)
    return steps.reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? (value as Contexts)[step] : undefined),
      this.#contexts[root],
    )
  }

  #closed(value: unknown): unknown {
    if (!this.#has(')')) throw new Error('A parenthesis is not closed.')
    return value
  }

  #has(token: string): boolean {
    if (this.rest[0] !== token) return false
    this.rest.shift()
    return true
  }
}
