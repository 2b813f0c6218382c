import { z } from 'zod'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Repository } from '../repositories/schema.ts'

const Name = z.object({ name: z.string() })

/** The names of the secrets that a repository has, of its own or from its owner. */
export function secretNamesOf(store: Store, { id, owner_id }: Repository): string[] {
  const scopes = sql`scope in (${`repository ${id}`}, ${`organization ${owner_id}`})`
  return store.all(sql`select name from secrets where ${scopes} limit 1000`, Name).map(({ name }) => name)
}
