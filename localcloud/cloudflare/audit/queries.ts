import { z } from 'zod'
import type { Store } from '../store.ts'
import type { Search } from './search.ts'

export const Entry = z.object({
  number: z.int(),
  id: z.string(),
  at: z.int(),
  action: z.string(),
  result: z.string(),
  actor_type: z.string(),
  actor_id: z.string(),
  actor_email: z.string(),
  context: z.string(),
  token_id: z.string(),
  token_name: z.string(),
  ip: z.string(),
  method: z.string(),
  status: z.int(),
  uri: z.string(),
  ray: z.string(),
  agent: z.string(),
  product: z.string(),
  type: z.string(),
  resource: z.string().nullable(),
  scope: z.string(),
  zone: z.string().nullable(),
  zone_name: z.string().nullable(),
  account_id: z.string(),
  account_name: z.string(),
})
export type Entry = z.infer<typeof Entry>

/** The entries of a search, at most one more than its limit: that one tells that there are others. */
export function entriesOf(store: Store, { since, before, direction, limit, after, filters }: Search): Entry[] {
  const wanted = filters.map(({ column, values, isNot }) => ({
    // Null is none of the values, whichever they are.
    sql: `coalesce(${column}, '') ${isNot ? 'not in' : 'in'} (${values.map(() => '?').join(', ')})`,
    values,
  }))
  const beyond = direction === 'desc' ? 'number < ?' : 'number > ?'
  const sql = `select * from audit_entries where at >= ? and at < ? ${after === null ? '' : `and ${beyond}`}
    ${wanted.map((one) => `and ${one.sql}`).join(' ')} order by number ${direction} limit ?`
  const values = [since, before, ...(after === null ? [] : [after]), ...wanted.flatMap((one) => one.values), limit + 1]
  return store.all(Entry, sql, ...values)
}

export function entryWith(store: Store, id: string): Entry | null {
  return store.get(Entry, 'select * from audit_entries where id = ?', id)
}

/** Forgets what is older. */
export function forgetBefore(store: Store, at: number): void {
  store.run('delete from audit_log where at < ?', at)
}
