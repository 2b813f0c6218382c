import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Protection } from './schema.ts'
import type { Rules } from './schema.ts'

export function protectionsOf(store: Store, repository: number): Protection[] {
  return store.all(
    sql`select * from branch_protections where repository_id = ${repository} order by id limit 1000`,
    Protection,
  )
}

export function protectionById(store: Store, id: number): Protection | null {
  return store.first(sql`select * from branch_protections where id = ${id}`, Protection)
}

/** The protection of a branch: its own before that of a pattern, the older pattern before the newer. */
export function protectionFor(store: Store, repository: number, branch: string): Protection | null {
  const all = protectionsOf(store, repository)
  return all.find(({ pattern }) => pattern === branch) ?? all.find(({ pattern }) => matches(branch, pattern)) ?? null
}

export function protect(store: Store, repository: number, pattern: string, rules: Rules, creator: number): void {
  const text = JSON.stringify(rules)
  store.run(sql`insert into branch_protections (repository_id, pattern, rules, creator_id)
    values (${repository}, ${pattern}, ${text}, ${creator}) on conflict do update set rules = excluded.rules`)
}

export function unprotect(store: Store, repository: number, pattern: string): void {
  store.run(sql`delete from branch_protections where repository_id = ${repository} and pattern = ${pattern}`)
}

/** As `fnmatch` with slashes kept apart: `*` stays within a part of the name, `**` does not. */
export function matches(name: string, pattern: string): boolean {
  const expression = pattern.replaceAll(/\*\*\/?|[*?]|\[!?[^\]]*\]|[.+^${}()|\\[\]]/g, (sign) => {
    if (sign.startsWith('**')) return '.*'
    if (sign === '*') return '[^/]*'
    if (sign === '?') return '[^/]'
    return sign.length > 1 ? sign.replace('[!', '[^').replaceAll('\\', '\\\\') : `\\${sign}`
  })
  try {
    return new RegExp(`^${expression}$`).test(name)
  } catch {
    // Such as `[z-a]`, which can be nothing but itself.
    return name === pattern
  }
}
