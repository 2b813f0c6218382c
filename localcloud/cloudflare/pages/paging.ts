import type { Context } from 'hono'
import { pageOf } from '../pages.ts'
import { badPage } from './errors.ts'

/** A page of a list. Unlike other products, Pages refuses what is out of bounds. */
export function pagesOf<Item>(c: Context, items: readonly Item[], usual: number): { result: Item[]; info: object } {
  if (isOut(c.req.query('page'), Number.MAX_SAFE_INTEGER) || isOut(c.req.query('per_page'), 25)) throw badPage()
  return pageOf(c, items, { usual, most: 25 })
}

function isOut(text: string | undefined, most: number): boolean {
  return text !== undefined && !(Number.isInteger(Number(text)) && Number(text) > 0 && Number(text) <= most)
}
