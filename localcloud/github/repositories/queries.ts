import { z } from 'zod'
import { accountById } from '../accounts/queries.ts'
import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { RepositoryRow } from './schema.ts'
import type { Repository } from './schema.ts'

const Named = z.object({ repository_id: z.number() })
const Numbered = z.object({ last_number: z.number() })

export function repositoryById(store: Store, id: number): Repository | null {
  const row = store.first(sql`select * from repositories where id = ${id}`, RepositoryRow)
  return row && withOwner(store, row)
}

export function repositoryNamed(store: Store, owner: string, name: string): Repository | null {
  const row = store.first(
    sql`select * from repositories
      where name = ${name} and owner_id = (select id from accounts where login = ${owner})`,
    RepositoryRow,
  )
  return row && withOwner(store, row)
}

/** The repository that once had this name, after a renaming or a transfer. */
export function repositoryOnceNamed(store: Store, owner: string, name: string): Repository | null {
  const known = store.first(
    sql`select repository_id from repository_names where full_name = ${`${owner}/${name}`}`,
    Named,
  )
  return known && repositoryById(store, known.repository_id)
}

export function repositoriesWhere(store: Store, condition: Statement, order = sql`id`): Repository[] {
  return store
    .all(sql`select * from repositories where ${condition} order by ${order} limit 100000`, RepositoryRow)
    .map((row) => withOwner(store, row))
}

/** The next number for an issue or a pull request: they share one sequence, and none is given twice. */
export function takeNumber(store: Store, repository: Repository): number {
  store.run(sql`update repositories set last_number = last_number + 1 where id = ${repository.id}`)
  const row = store.first(sql`select last_number from repositories where id = ${repository.id}`, Numbered)
  return row?.last_number ?? 1
}

function withOwner(store: Store, row: z.infer<typeof RepositoryRow>): Repository {
  const owner = accountById(store, row.owner_id)
  if (!owner) throw new Error(`Repository ${row.id} has no owner.`)
  return { ...row, owner, full_name: `${owner.login}/${row.name}` }
}
