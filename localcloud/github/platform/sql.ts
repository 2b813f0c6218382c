/** What may be bound. Node's SQLite binds every number as REAL, so whole ones travel as BigInt. */
export type Value = string | number | boolean | null | Uint8Array
type Part = Value | Statement

/** A statement with the values that it binds. */
export class Statement {
  readonly text: string
  readonly values: readonly Value[]

  constructor(text: string, values: readonly Value[]) {
    this.text = text
    this.values = values
  }

  bound(): (string | number | bigint | null | Uint8Array)[] {
    return this.values.map(bindable)
  }
}

/** Writes a statement whose interpolated values are bound; another statement may be interpolated as a fragment. */
export function sql(text: TemplateStringsArray, ...parts: Part[]): Statement {
  const values: Value[] = []
  let out = text[0] ?? ''
  for (const [index, part] of parts.entries()) {
    out += part instanceof Statement ? part.text : '?'
    values.push(...(part instanceof Statement ? part.values : [part]))
    out += text[index + 1] ?? ''
  }
  return new Statement(out, values)
}

/** Joins fragments, for a `where` whose conditions depend on the request. */
export function join(parts: readonly Statement[], separator: string): Statement {
  return new Statement(
    parts.map((part) => part.text).join(separator),
    parts.flatMap((part) => part.values),
  )
}

/** All conditions at once; no condition is always true. */
export function every(conditions: readonly (Statement | null | undefined | false)[]): Statement {
  const given = conditions.filter((condition) => condition instanceof Statement)
  return given.length === 0 ? sql`true` : join(given, ' and ')
}

/** A list of bound values, for `in (…)`. */
export function list(values: readonly Value[]): Statement {
  return new Statement(values.map(() => '?').join(', '), values)
}

function bindable(value: Value): string | number | bigint | null | Uint8Array {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
