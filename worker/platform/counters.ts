import { sql } from './sql.ts'
import type { Statement } from './sql.ts'

/**
 * Adds to a counter in the batch of the rows it counts, if the statement before it changed a row. A counter at zero
 * stays, so that it is never negative by a race.
 */
export function countIfChanged(scope: string, key: string, delta: number): Statement {
  return sql`insert into counters (scope, key, n) select ${scope}, ${key}, ${delta} where changes() = 1
    on conflict do update set n = n + excluded.n`
}

/** Adds to a counter in the batch of the rows it counts. */
export function count(scope: string, key: string, delta: number): Statement {
  return sql`insert into counters (scope, key, n) values (${scope}, ${key}, ${delta})
    on conflict do update set n = n + excluded.n`
}
