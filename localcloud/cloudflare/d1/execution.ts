import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { failed, mayOnlyRead } from './errors.ts'
import type { Database, Statement } from './schema.ts'
import { statementsIn } from './statements.ts'

type Format = 'ARRAY_OF_OBJECTS' | 'ROWS_AND_COLUMNS'
type Prepared = { readonly sql: string; readonly params: readonly unknown[] }

const Meta = z.object({
  duration: z.number(),
  changes: z.number(),
  last_row_id: z.number(),
  changed_db: z.boolean(),
  size_after: z.number(),
  rows_read: z.number(),
  rows_written: z.number(),
})
const Outcome = z.object({ success: z.literal(true), results: z.unknown(), meta: Meta })
export type Outcome = z.infer<typeof Outcome>
const Answer = z.union([z.array(Outcome), z.object({ success: z.literal(false), error: z.string() })])

/** The object behind a binding speaks this protocol; the binding itself would lose columns of empty results. */
const Door = z.object({ fetcher: z.object({ fetch: z.custom<typeof fetch>((value) => typeof value === 'function') }) })

/** The statements of a call, one by one. A text with placeholders is one statement. */
export function prepared(questions: readonly Statement[]): Prepared[] {
  return questions.flatMap(({ sql, params }) => {
    const statements = statementsIn(sql)
    if (!params || params.length === 0) return statements.map((statement) => ({ sql: statement, params: [] }))
    if (statements.length > 1) throw failed('A prepared SQL statement must contain only one statement.')
    return statements.map((statement) => ({ sql: statement, params: params.map(bound) }))
  })
}

function bound(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

/** Runs all statements in one transaction: one that fails undoes them all. */
export async function execute(
  cloud: Cloud,
  { storage }: Database,
  statements: readonly Prepared[],
  format: Format = 'ARRAY_OF_OBJECTS',
): Promise<Outcome[]> {
  if (statements.length === 0) throw failed('No SQL statements detected.')
  const text = await ask(cloud, storage, statements, format)
  const answer = Answer.parse(JSON.parse(text))
  if (!Array.isArray(answer)) throw failed(answer.error)
  return answer
}

/** SQLite's plan of a statement: writing ones open a transaction to write before anything else. */
const Step = z.object({ opcode: z.string(), p2: z.number() })
const isWriting = ({ opcode, p2 }: z.infer<typeof Step>): boolean => opcode === 'Transaction' && p2 !== 0

/** Refuses statements that would write. They are only planned, not run. */
export async function proveReads(cloud: Cloud, database: Database, statements: readonly Prepared[]): Promise<void> {
  const plans = statements
    .filter(({ sql }) => !/^explain\b/i.test(sql.trim()))
    .map(({ sql, params }) => ({ sql: `explain ${sql}`, params }))
  const outcomes = plans.length === 0 ? [] : await execute(cloud, database, plans)
  if (outcomes.some(({ results }) => z.array(Step).parse(results).some(isWriting))) throw mayOnlyRead()
}

const Dump = z.union([
  z.object({ success: z.literal(true), results: z.tuple([z.array(z.string())]) }),
  z.object({ success: z.literal(false), error: z.string() }),
])

/** The database as SQL, a statement or more in each line. */
export async function dumpOf(
  cloud: Cloud,
  { storage }: Database,
  { no_schema, no_data, tables }: { no_schema: boolean; no_data: boolean; tables: readonly string[] },
): Promise<string[]> {
  const params = [Number(no_schema), Number(no_data), ...tables]
  const text = await ask(cloud, storage, [{ sql: 'PRAGMA miniflare_d1_export(?,?,?);', params }], 'ARRAY_OF_OBJECTS')
  const parsed = Dump.safeParse(textAsJson(text))
  if (!parsed.success) throw failed('D1 Export error: cannot export databases with Virtual Tables (fts5)')
  if (!parsed.data.success) throw failed(parsed.data.error)
  return parsed.data.results[0]
}

async function ask(cloud: Cloud, storage: string, statements: readonly Prepared[], format: Format): Promise<string> {
  return cloud.runtime.database(storage, async (database) => {
    const { fetcher } = Door.parse(database)
    const response = await fetcher.fetch(`http://d1/query?resultsFormat=${format}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(statements),
    })
    return response.text()
  })
}

function textAsJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
