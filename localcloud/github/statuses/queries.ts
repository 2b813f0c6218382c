import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Status } from './schema.ts'

/** All statuses of a commit, newest first. */
export function statusesOf(store: Store, repository: number, sha: string): Status[] {
  const key = sql`repository_id = ${repository} and sha = ${sha}`
  return store.all(sql`select * from statuses where ${key} order by id desc limit 1000`, Status)
}

/** The newest status of each context: only these count. Contexts differ regardless of case. */
export function latestStatusesOf(store: Store, repository: number, sha: string): Status[] {
  const seen = new Set<string>()
  return statusesOf(store, repository, sha).filter(({ context }) => {
    const isNew = !seen.has(context.toLowerCase())
    seen.add(context.toLowerCase())
    return isNew
  })
}

export function statusById(store: Store, id: number): Status | null {
  return store.first(sql`select * from statuses where id = ${id}`, Status)
}
