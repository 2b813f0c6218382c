import type { Context } from 'hono'

/** What a client asked for with `page` and `per_page`. */
export type Page = { readonly page: number; readonly perPage: number; readonly limit: number; readonly offset: number }

/** Reads `page` and `per_page`. Clients ask for one page more until one is empty, so `page` must never be ignored. */
export function readPage(c: Context, { usual = 20, most = 100 } = {}): Page {
  const page = whole(c.req.query('page'), 1, Number.MAX_SAFE_INTEGER / most)
  const perPage = whole(c.req.query('per_page'), usual, most)
  return { page, perPage, limit: perPage, offset: (page - 1) * perPage }
}

/** `result_info` of a page of which `count` elements were returned. */
export function pageInfo({ page, perPage }: Page, count: number, total: number): object {
  return { page, per_page: perPage, count, total_count: total, total_pages: Math.ceil(total / perPage) }
}

/** One page of a list that is at hand, with its `result_info`. */
export function pageOf<Item>(c: Context, items: readonly Item[], sizes = {}): { result: Item[]; info: object } {
  const page = readPage(c, sizes)
  const result = items.slice(page.offset, page.offset + page.limit)
  return { result, info: pageInfo(page, result.length, items.length) }
}

/** A cursor names the last key that was returned; clients hand it back unread. */
export function cursorAfter(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** The key that a cursor names, or the empty string at the beginning. */
export function keyAfter(cursor: string | undefined): string {
  return Buffer.from(cursor ?? '', 'base64url').toString('utf8')
}

function whole(text: string | undefined, usual: number, most: number): number {
  const value = Number(text ?? usual)
  return Number.isInteger(value) && value > 0 ? Math.min(value, most) : usual
}
