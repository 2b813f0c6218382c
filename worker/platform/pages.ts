import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

const Keys = z.array(z.union([z.string(), z.number()])).min(1)
const Cursor = z.object({ q: z.string(), k: Keys })
export type Key = z.infer<typeof Keys>[number]

/** What a cursor may hold, by how its list is sorted. SQLite compares anything with anything, so a forged one must not reach it. */
export const places = {
  byName: z.tuple([z.string()]),
  byRow: z.tuple([z.int()]),
  byTime: z.tuple([z.int(), z.int()]),
  byChange: z.tuple([z.enum(['change', 'drift']), z.string(), z.string()]),
} as const
type Place = (typeof places)[keyof typeof places]

/** Query values that every list takes. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({ description: 'Rows on a page.' }),
  cursor: z
    .string()
    .max(1000)
    .optional()
    .openapi({ description: 'The `next` of the page before, with the same filters.' }),
}

/** One page of a list: how many rows, and the sort key of the row before it. */
export type Page = { readonly limit: number; readonly after: readonly Key[] | null; readonly query: string }

/** Opens the page a caller asks for. A cursor belongs to one list with one set of filters; any other is refused. */
export function openPage(list: string, place: Place, query: { limit: number; cursor?: string | undefined }): Page {
  const { limit, cursor, ...filters } = query
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([list, filters]))
    .digest('base64url')
    .slice(0, 12)
  return { limit, query: fingerprint, after: cursor === undefined ? null : keysOf(cursor, fingerprint, place) }
}

function keysOf(cursor: string, fingerprint: string, place: Place): readonly Key[] {
  const parsed = Cursor.safeParse(decode(cursor))
  if (!parsed.success) throw notOurs()
  if (parsed.data.q !== fingerprint) {
    throw new Problem(
      'invalid-request',
      'The cursor belongs to another query: start again without it, or with the same filters.',
    )
  }
  const keys = place.safeParse(parsed.data.k)
  if (!keys.success) throw notOurs()
  return keys.data
}

function notOurs(): Problem {
  return new Problem('invalid-request', 'The cursor is not one of ours: send the `next` of a page as it came.')
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** Splits `limit + 1` rows read into the page and the cursor of the next one. */
export function closePage<Row>(
  page: Page,
  rows: Row[],
  keys: (row: Row) => Key[],
): { rows: Row[]; next: string | null } {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  if (rows.length <= page.limit || last === undefined) return { rows: shown, next: null }
  return { rows: shown, next: cursorAt(page, keys(last)) }
}

/** The cursor of what comes after the row with these keys. */
export function cursorAt(page: Page, keys: readonly Key[]): string {
  return Buffer.from(JSON.stringify({ q: page.query, k: keys })).toString('base64url')
}
