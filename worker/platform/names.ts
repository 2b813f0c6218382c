import { z } from '@hono/zod-openapi'
import { join, sql } from './sql.ts'
import type { Statement } from './sql.ts'

const Name = z.object({ id: z.int(), name: z.string() })

/** D1 binds at most 100 values. */
const most = 100

/**
 * Names of rows that a list refers to, each read once however many rows refer to it. `query` selects `id` and `name`
 * from a table of one column, `column1`: D1 counts no rows of that, but one more each of a `json_each` or an `in (…)`.
 */
export async function namesOf(
  db: D1Database,
  ids: readonly number[],
  query: (wanted: Statement) => Statement,
): Promise<ReadonlyMap<number, string>> {
  const distinct = [...new Set(ids)]
  if (distinct.length === 0) return new Map()
  const chunks = Array.from({ length: Math.ceil(distinct.length / most) }, (_, index) =>
    distinct.slice(index * most, (index + 1) * most),
  )
  const statements = chunks.map((chunk) =>
    query(
      sql`(values ${join(
        chunk.map((id) => sql`(${id})`),
        ', ',
      )})`,
    ).on(db),
  )
  const found = (await db.batch(statements)).flatMap(({ results }) => results.map((row) => Name.parse(row)))
  return new Map(found.map(({ id, name }) => [id, name]))
}
