import type { Caller } from '../accounts/schema.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { roleOfCaller } from '../repositories/access.ts'
import { repositoriesWhere } from '../repositories/queries.ts'
import type { Searcher } from './issues.ts'

/** Who searches sees what they may read, and nothing else. */
export function searcherOf(store: Store, caller: Caller | null): Searcher {
  const repositories = repositoriesWhere(store, sql`true`).filter(
    (each) => roleOfCaller(store, each, caller) !== 'none',
  )
  return { store, me: caller?.user.login ?? '', repositories }
}
