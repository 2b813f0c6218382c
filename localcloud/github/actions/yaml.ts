/** What YAML says, as far as workflow files go: blocks, lists, flow collections, texts of several lines. */
type Scalar = string | number | boolean | null
export type Yaml = Scalar | readonly Yaml[] | { readonly [name: string]: Yaml }

type Line = { readonly indent: number; readonly text: string }

/** Reads YAML without its rarities: no anchors, no tags, one document. Nonsense is read as text, never refused. */
export function readYaml(source: string): Yaml {
  const raw = source.replaceAll('\t', '  ').split(/\r?\n/)
  return new Reader(raw).node(0)
}

class Reader {
  readonly #raw: readonly string[]
  #at = 0

  constructor(raw: readonly string[]) {
    this.#raw = raw
  }

  /** What stands at this depth or deeper. */
  node(depth: number): Yaml {
    const line = this.#peek()
    if (!line || line.indent < depth) return null
    if (isItem(line.text)) return this.#list(line.indent)
    return keyOf(line.text) ? this.#map(line.indent, {}) : scalar(this.#take().text)
  }

  #list(depth: number): Yaml[] {
    const items: Yaml[] = []
    for (let line = this.#peek(); line?.indent === depth && isItem(line.text); line = this.#peek()) {
      const rest = line.text.slice(1).trimStart()
      const inner = depth + line.text.length - rest.length
      this.#at += 1
      const key = keyOf(rest)
      if (rest === '') items.push(this.node(depth + 1))
      else if (key) items.push(this.#map(inner, { [key.name]: this.#value(key.rest, inner) }))
      else items.push(this.#value(rest, depth))
    }
    return items
  }

  #map(depth: number, known: Record<string, Yaml>): Yaml {
    const map = { ...known }
    for (let line = this.#peek(); line?.indent === depth; line = this.#peek()) {
      const key = keyOf(line.text)
      if (!key || isItem(line.text)) break
      this.#at += 1
      map[key.name] = this.#value(key.rest, depth)
    }
    return map
  }

  /** What stands behind a key or a dash, on its line or below. */
  #value(rest: string, depth: number): Yaml {
    if (/^[|>]/.test(rest)) return this.#text(rest.startsWith('>'), depth)
    if (/^[[{]/.test(rest)) return readFlow(this.#untilClosed(rest))
    if (rest !== '') return scalar(rest)
    const below = this.#peek()
    // A list may stand right below its key.
    if (below && isItem(below.text) && below.indent === depth) return this.#list(depth)
    return this.node(depth + 1)
  }

  #text(isFolded: boolean, depth: number): string {
    const lines: string[] = []
    for (; this.#at < this.#raw.length; this.#at += 1) {
      const line = this.#raw[this.#at] ?? ''
      if (line.trim() !== '' && indentOf(line) <= depth) break
      lines.push(line)
    }
    const margin = Math.min(...lines.filter((line) => line.trim() !== '').map(indentOf))
    return lines
      .map((line) => line.slice(margin))
      .join(isFolded ? ' ' : '\n')
      .trimEnd()
  }

  #untilClosed(text: string): string {
    let whole = text
    while (depthOf(whole) > 0 && this.#at < this.#raw.length) whole += ` ${this.#take().text}`
    return whole
  }

  #peek(): Line | null {
    for (; this.#at < this.#raw.length; this.#at += 1) {
      const line = this.#raw[this.#at] ?? ''
      const text = withoutComment(line).trim()
      if (text !== '' && text !== '---') return { indent: indentOf(line), text }
    }
    return null
  }

  #take(): Line {
    const line = this.#peek() ?? { indent: 0, text: '' }
    this.#at += 1
    return line
  }
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ')
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

function keyOf(text: string): { readonly name: string; readonly rest: string } | null {
  const [, name, rest = ''] =
    /^("[^"]*"|'[^']*'|[^\s"'[\]{},#&*!|>%@`-][^:#]*|-[^\s:][^:#]*)\s*:(?:\s+(.*))?$/.exec(text) ?? []
  return name === undefined ? null : { name: String(scalar(name.trim())), rest: rest.trim() }
}

function withoutComment(line: string): string {
  const [quoted = line] = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?!\s#)[^"']|["'])*/.exec(line) ?? []
  return /^\s*#/.test(line) ? '' : quoted
}

function depthOf(text: string): number {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')
  return (bare.match(/[[{]/g)?.length ?? 0) - (bare.match(/[\]}]/g)?.length ?? 0)
}

/** `[a, {b: c}]` */
function readFlow(text: string): Yaml {
  const inner = text.trim().slice(1, -1)
  if (text.trim().startsWith('[')) return parts(inner).map(flowValue)
  return Object.fromEntries(
    parts(inner).map((part) => {
      const [, name = part, value = ''] = /^\s*("[^"]*"|'[^']*'|[^:]*?)\s*:\s*(.*)$/s.exec(part) ?? []
      return [String(scalar(name.trim())), flowValue(value)]
    }),
  )
}

function flowValue(text: string): Yaml {
  return /^\s*[[{]/.test(text) ? readFlow(text) : scalar(text.trim())
}

/** The parts between the commas of this level. */
function parts(text: string): string[] {
  const found: string[] = []
  let part = ''
  for (const piece of text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|./gs) ?? []) {
    if (piece === ',' && depthOf(part) === 0) {
      found.push(part)
      part = ''
    } else part += piece
  }
  return [...found, part].filter((each) => each.trim() !== '')
}

function scalar(text: string): Scalar {
  if (/^".*"$/s.test(text)) return unquoted(text)
  if (/^'.*'$/s.test(text)) return text.slice(1, -1).replaceAll("''", "'")
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === '' || text === '~' || text === 'null') return null
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}
