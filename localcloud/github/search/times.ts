import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'

const day = 86_400_000

/** `2026-11-01`, `>=2026-11-01`, `2026-11-01..2026-11-30`, `2026-11-01..*`; a day alone is that whole day. */
export function timeIn(column: Statement, range: string): Statement {
  const [, sign, from = ''] = /^(>=|<=|>|<)(.*)$/.exec(range) ?? []
  if (sign !== undefined) return compared(column, sign, from)
  const [first = '', last = first] = range.split('..')
  const lower = first === '*' ? sql`true` : sql`${column} >= ${timeOf(first)}`
  return last === '*' ? lower : sql`${lower} and ${column} < ${endOf(last)}`
}

function compared(column: Statement, sign: string, text: string): Statement {
  if (sign === '>=') return sql`${column} >= ${timeOf(text)}`
  if (sign === '<') return sql`${column} < ${timeOf(text)}`
  return sign === '>' ? sql`${column} >= ${endOf(text)}` : sql`${column} < ${endOf(text)}`
}

/** Nonsense is the beginning of time, as a search that finds too much is mended sooner than one that fails. */
function timeOf(text: string): number {
  return Date.parse(text) || 0
}

function endOf(text: string): number {
  return timeOf(text) + (text.includes('T') ? 1000 : day)
}
