import { z } from 'zod'
import { sql } from './sql.ts'
import type { Store } from './store.ts'

export const tables = `
create table if not exists settings (name text primary key, value text not null) strict, without rowid;
`

const Row = z.object({ value: z.string() })

/** A value that the state keeps under a name; made once when it is not there yet. */
export function keptValue(store: Store, name: string, make: () => string): string {
  const known = store.first(sql`select value from settings where name = ${name}`, Row)
  if (known) return known.value
  const value = make()
  store.insert('settings', { name, value })
  return value
}
