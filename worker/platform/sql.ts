import type { ZodType } from 'zod'

/** What may be bound. D1 reads every JavaScript number as REAL, so whole numbers travel as text and are cast back. */
type Value = string | number | null | Uint8Array
type Part = Value | Statement

/**
 * Writes a statement whose interpolated values are bound, never concatenated.
 * Another statement may be interpolated as a fragment: its text is spliced in and its values are bound in order.
 */
export function sql(text: TemplateStringsArray, ...parts: Part[]): Statement {
  const values: Value[] = []
  let out = text[0] ?? ''
  for (const [index, part] of parts.entries()) {
    if (part instanceof Statement) {
      out += part.text
      values.push(...part.values)
    } else {
      out += placeholder(part)
      values.push(part)
    }
    out += text[index + 1] ?? ''
  }
  return new Statement(out, values)
}

/** A whole number must not arrive as `5.0`: strict columns accept that, comparisons and text do not. */
function placeholder(value: Value): string {
  return typeof value === 'number' && Number.isInteger(value) ? 'cast(? as integer)' : '?'
}

export class Statement {
  readonly text: string
  readonly values: readonly Value[]

  constructor(text: string, values: readonly Value[]) {
    this.text = text
    this.values = values
  }

  /** The bare D1 statement, for `db.batch`. */
  on(db: D1Database): D1PreparedStatement {
    return db.prepare(this.text).bind(...this.values)
  }

  async all<Row>(db: D1Database, row: ZodType<Row>): Promise<Row[]> {
    const { results } = await this.on(db).all()
    return results.map((result) => row.parse(result))
  }

  async first<Row>(db: D1Database, row: ZodType<Row>): Promise<Row | null> {
    const result = await this.on(db).first()
    return result === null ? null : row.parse(result)
  }

  /** Runs a write and returns how many rows it changed. */
  async run(db: D1Database): Promise<number> {
    return (await this.on(db).run()).meta.changes
  }
}

/** Joins fragments, for a `where` whose conditions depend on the request. */
export function join(parts: readonly Statement[], separator: string): Statement {
  return new Statement(
    parts.map((part) => part.text).join(separator),
    parts.flatMap((part) => part.values),
  )
}

/** All conditions at once; no condition is always true. */
export function every(conditions: readonly (Statement | null)[]): Statement {
  const given = conditions.filter((condition) => condition !== null)
  return given.length === 0 ? sql`true` : join(given, ' and ')
}

/** Runs writes as one transaction: all of them or none. */
export async function transact(db: D1Database, statements: readonly Statement[]): Promise<D1Result[]> {
  return db.batch(statements.map((statement) => statement.on(db)))
}

/** Runs reads in one round trip and hands the rows of each to its schema. */
export async function readAll<Rows extends Record<string, unknown>>(
  db: D1Database,
  queries: { [Key in keyof Rows]: readonly [Statement, ZodType<Rows[Key]>] },
): Promise<{ [Key in keyof Rows]: Rows[Key][] }> {
  const names = Object.keys(queries) as (keyof Rows)[]
  const results = await db.batch(names.map((name) => queries[name][0].on(db)))
  const parsed = names.map((name, index) => [
    name,
    (results[index]?.results ?? []).map((row) => queries[name][1].parse(row)),
  ])
  return Object.fromEntries(parsed) as { [Key in keyof Rows]: Rows[Key][] }
}

/** Fails the surrounding batch, and so undoes it, unless the condition holds (table `assertions` checks it). */
export function must(condition: Statement): Statement {
  return sql`insert into assertions (holds) select 0 where not (${condition})`
}

/** True when a batch was undone by `must`. */
export function isBrokenAssertion(error: unknown): boolean {
  return error instanceof Error && error.message.includes('CHECK constraint failed: holds')
}

/** A stored moment (integer milliseconds) as ISO 8601 UTC text, or null. The column is named by the code, never by a caller. */
export function time(column: string, alias = column.split('.').at(-1) ?? column): Statement {
  return new Statement(`strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch') as ${alias}`, [])
}
