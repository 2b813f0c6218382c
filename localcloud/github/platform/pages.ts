import type { Context } from 'hono'

/** Which part of a list is asked for. */
export type Page = { readonly page: number; readonly size: number; readonly offset: number }

/** `page` and `per_page`: 30 to a page unless asked, 100 at most; nonsense counts as not asked. */
export function pageOf(c: Context, usual = 30): Page {
  const page = positive(c.req.query('page'), 1)
  const size = Math.min(positive(c.req.query('per_page'), usual), 100)
  return { page, size, offset: (page - 1) * size }
}

/** The part of a list that is asked for, with `Link` to its neighbours. */
export function paged<Item>(c: Context, items: readonly Item[], show: (item: Item) => unknown): Response {
  const part = pageOf(c)
  linkPages(c, part, items.length)
  return c.json(items.slice(part.offset, part.offset + part.size).map((item) => show(item)))
}

/** As `paged`, for lists that stand in an object beside their `total_count`. */
export function pagedUnder<Item>(
  c: Context,
  name: string,
  items: readonly Item[],
  show: (item: Item) => unknown,
): Response {
  const part = pageOf(c)
  linkPages(c, part, items.length)
  const shown = items.slice(part.offset, part.offset + part.size).map((item) => show(item))
  return c.json({ total_count: items.length, [name]: shown })
}

/** Sets `Link` for one page of `total` items. */
export function linkPages(c: Context, { page, size }: Page, total: number): void {
  const last = Math.max(1, Math.ceil(total / size))
  const links = [
    page > 1 && link(c, Math.min(page - 1, last), 'prev'),
    page < last && link(c, page + 1, 'next'),
    page < last && link(c, last, 'last'),
    page > 1 && link(c, 1, 'first'),
  ].filter((each) => each !== false)
  if (links.length > 0) c.header('link', links.join(', '))
}

function link(c: Context, page: number, relation: string): string {
  const url = new URL(c.req.url)
  url.searchParams.set('page', String(page))
  return `<${url.href}>; rel="${relation}"`
}

function positive(text: string | undefined, otherwise: number): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0 ? number : otherwise
}
