import { z } from 'zod'
import { json } from '../platform/store.ts'

export const tables = `
create table if not exists check_suites (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  app_id integer not null references apps,
  head_sha text not null,
  head_branch text,
  head_commit text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index if not exists check_suites_by_commit on check_suites (repository_id, head_sha);
create table if not exists check_runs (
  id integer primary key autoincrement,
  suite_id integer not null references check_suites on delete cascade,
  name text not null,
  status text not null,
  conclusion text,
  external_id text not null default '',
  details_url text,
  started_at integer,
  completed_at integer,
  output text not null default '{}',
  annotations text not null default '[]',
  actions text not null default '[]',
  created_at integer not null
) strict;
create index if not exists check_runs_by_suite on check_runs (suite_id, id);
`

export const statuses = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'] as const
export const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'stale',
] as const

const Person = z.object({ name: z.string(), email: z.string() })

/** A commit as checks and runs name it. */
export const HeadCommit = z.object({
  id: z.string(),
  tree_id: z.string(),
  message: z.string(),
  timestamp: z.string(),
  author: Person,
  committer: Person,
})
export type HeadCommit = z.infer<typeof HeadCommit>

export const CheckSuite = z.object({
  id: z.number(),
  repository_id: z.number(),
  app_id: z.number(),
  head_sha: z.string(),
  head_branch: z.string().nullable(),
  head_commit: json(HeadCommit),
  created_at: z.number(),
  updated_at: z.number(),
})
export type CheckSuite = z.infer<typeof CheckSuite>

export const Annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().nullish(),
  end_column: z.number().int().nullish(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().nullish(),
  raw_details: z.string().nullish(),
})
export type Annotation = z.infer<typeof Annotation>

export const Output = z.object({
  title: z.string().nullish(),
  summary: z.string().nullish(),
  text: z.string().nullish(),
})

export const CheckRun = z.object({
  id: z.number(),
  suite_id: z.number(),
  name: z.string(),
  status: z.enum(statuses),
  conclusion: z.enum(conclusions).nullable(),
  external_id: z.string(),
  details_url: z.string().nullable(),
  started_at: z.number().nullable(),
  completed_at: z.number().nullable(),
  output: json(Output),
  annotations: json(z.array(Annotation)),
  created_at: z.number(),
})
export type CheckRun = z.infer<typeof CheckRun>

export type Verdict = { readonly status: CheckRun['status']; readonly conclusion: CheckRun['conclusion'] }

/** What the runs of a suite say together: it is done when all are, and as bad as the worst. */
export function verdictOf(runs: readonly Verdict[]): Verdict {
  if (runs.length === 0) return { status: 'queued', conclusion: null }
  if (runs.some(({ status }) => status !== 'completed')) {
    const isStarted = runs.some(({ status }) => status === 'in_progress' || status === 'completed')
    return { status: isStarted ? 'in_progress' : 'queued', conclusion: null }
  }
  const worst = byWeight.find((each) => runs.some(({ conclusion }) => conclusion === each))
  return { status: 'completed', conclusion: worst ?? 'success' }
}

const byWeight = [
  'failure',
  'timed_out',
  'cancelled',
  'action_required',
  'stale',
  'success',
  'neutral',
  'skipped',
] as const

/** What a branch that requires this check makes of it. */
export function stateOf({ status, conclusion }: Verdict): 'success' | 'failure' | 'pending' {
  if (status !== 'completed') return 'pending'
  return conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped' ? 'success' : 'failure'
}
