import { z } from '@hono/zod-openapi'
import { fromBit } from '../../platform/columns.ts'
import { holds } from '../../platform/principal.ts'
import type { Principal } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Deployment } from './schema.ts'

/** A run as whoever reports on it finds it. */
export const ReportedRun = Deployment.pick({
  id: true,
  source: true,
  operation: true,
  status: true,
  reason: true,
  exit_code: true,
  duration_ms: true,
  repository: true,
  branch: true,
  commit_sha: true,
  task: true,
  tool: true,
  terraform_version: true,
}).extend({
  row: z.int(),
  run_key: z.string(),
  inferred: fromBit,
  dirty: fromBit.nullable(),
  started: z.int(),
  recorder: z.string().nullable(),
  recorded_by: z.int().nullable(),
})
export type ReportedRun = z.infer<typeof ReportedRun>

/** The run with a public id, or the recorded one with a run key. */
export function reportedRun(where: { readonly id: string } | { readonly run: string }): Statement {
  const condition =
    'id' in where ? sql`deployment_id = ${where.id}` : sql`run_key = ${where.run} and source = 'recorded'`
  return sql`select id as row, deployment_id as id, source, operation, status, reason, exit_code, duration_ms, repository,
    branch, commit_sha, task, tool, terraform_version, run_key, inferred, dirty, started_at as started, recorder, recorded_by
    from deployments where ${condition}`
}

/** Refuses whoever is not the run's recorder, nor the owner, nor an administrator. */
export function mustReport(principal: Principal, run: ReportedRun): void {
  const isOwn = principal.token !== null && principal.token === run.recorded_by
  if (!isOwn && !holds(principal, 'admin')) {
    throw new Problem('forbidden', 'Only the token that began this run may report on it, or one with the scope admin.')
  }
  if (run.source !== 'recorded') {
    throw new Problem('conflict', `Nobody recorded ${run.id}: it is known by what its client did to the state.`)
  }
}

/** The run that a request reports on. @throws Problem when there is none, or the caller may not. */
export function reportable(principal: Principal, id: string, run: ReportedRun | null | undefined): ReportedRun {
  if (!run) throw new Problem('not-found', `There is no deployment ${id}.`)
  mustReport(principal, run)
  return run
}

/** Reads, decides and writes again when what was read has changed by the time of the write. */
export async function untilItHolds<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  for (let left = 4; left > 0; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBrokenAssertion(error)) throw error
    }
  }
  return attempt()
}
