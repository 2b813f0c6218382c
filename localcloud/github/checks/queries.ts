import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { CheckRun, CheckSuite } from './schema.ts'

export function suiteById(store: Store, id: number): CheckSuite | null {
  return store.first(sql`select * from check_suites where id = ${id}`, CheckSuite)
}

export function suitesOf(store: Store, repository: number, sha: string): CheckSuite[] {
  const key = sql`repository_id = ${repository} and head_sha = ${sha}`
  return store.all(sql`select * from check_suites where ${key} order by id limit 1000`, CheckSuite)
}

export function runById(store: Store, id: number): CheckRun | null {
  return store.first(sql`select * from check_runs where id = ${id}`, CheckRun)
}

export function runsOf(store: Store, suite: number): CheckRun[] {
  return store.all(sql`select * from check_runs where suite_id = ${suite} order by id limit 10000`, CheckRun)
}

/** The newest run of each name: only these count. */
export function latestRuns(runs: readonly CheckRun[]): CheckRun[] {
  return [...new Map(runs.map((run) => [`${run.suite_id} ${run.name}`, run])).values()]
}

/** All runs of a commit, of whatever app. */
export function runsAt(store: Store, repository: number, sha: string): CheckRun[] {
  return store.all(
    sql`select check_runs.* from check_runs join check_suites on check_suites.id = suite_id
      where repository_id = ${repository} and head_sha = ${sha} order by check_runs.id limit 10000`,
    CheckRun,
  )
}
