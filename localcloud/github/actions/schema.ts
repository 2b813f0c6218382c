import { z } from 'zod'
import { HeadCommit } from '../checks/schema.ts'
import { json } from '../platform/store.ts'

export const tables = `
create table if not exists workflows (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  path text not null,
  name text not null,
  state text not null check (state in ('active', 'deleted', 'disabled_manually')),
  last_number integer not null default 0,
  created_at integer not null,
  updated_at integer not null,
  unique (repository_id, path)
) strict;
create table if not exists workflow_occasions (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  actor_id integer not null references accounts,
  workflow_id integer references workflows on delete cascade,
  event text not null,
  action text,
  ref text not null,
  base_ref text,
  sha text,
  payload text not null
) strict;
create table if not exists workflow_runs (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  workflow_id integer not null references workflows on delete cascade,
  suite_id integer not null references check_suites,
  run_number integer not null,
  run_attempt integer not null default 1,
  title text not null,
  event text not null,
  payload text not null,
  ref text not null,
  head_branch text,
  head_sha text not null,
  head_commit text not null,
  actor_id integer not null references accounts,
  triggering_actor_id integer not null references accounts,
  status text not null,
  conclusion text,
  created_at integer not null,
  updated_at integer not null,
  started_at integer not null
) strict;
create index if not exists workflow_runs_by_repository on workflow_runs (repository_id, id);
create index if not exists workflow_runs_by_workflow on workflow_runs (workflow_id, id);
create table if not exists workflow_jobs (
  id integer primary key autoincrement,
  run_id integer not null references workflow_runs on delete cascade,
  run_attempt integer not null,
  name text not null,
  command text,
  status text not null,
  conclusion text,
  check_run_id integer not null,
  process integer,
  created_at integer not null,
  started_at integer,
  completed_at integer
) strict;
create index if not exists workflow_jobs_by_run on workflow_jobs (run_id, id);
create index if not exists workflow_jobs_open on workflow_jobs (id) where status <> 'completed';
create table if not exists artifacts (
  id integer primary key autoincrement,
  run_id integer not null references workflow_runs on delete cascade,
  name text not null,
  hash text not null,
  size integer not null,
  created_at integer not null,
  expires_at integer not null
) strict;
`

export const Workflow = z.object({
  id: z.number(),
  repository_id: z.number(),
  path: z.string(),
  name: z.string(),
  state: z.enum(['active', 'deleted', 'disabled_manually']),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Workflow = z.infer<typeof Workflow>

/** Something that happened at which workflows may start; kept until it has been looked at. */
export const Occasion = z.object({
  id: z.number(),
  repository_id: z.number(),
  actor_id: z.number(),
  /** Only this workflow: somebody asked for it. */
  workflow_id: z.number().nullable(),
  event: z.string(),
  action: z.string().nullable(),
  ref: z.string(),
  base_ref: z.string().nullable(),
  sha: z.string().nullable(),
  payload: z.string(),
})
export type Occasion = z.infer<typeof Occasion>

export const Status = z.enum(['queued', 'in_progress', 'completed'])
export const Conclusion = z.enum(['success', 'failure', 'cancelled', 'skipped'])
export type Conclusion = z.infer<typeof Conclusion>

export const Run = z.object({
  id: z.number(),
  repository_id: z.number(),
  workflow_id: z.number(),
  suite_id: z.number(),
  run_number: z.number(),
  run_attempt: z.number(),
  title: z.string(),
  event: z.string(),
  payload: z.string(),
  ref: z.string(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
  head_commit: json(HeadCommit),
  actor_id: z.number(),
  triggering_actor_id: z.number(),
  status: Status,
  conclusion: Conclusion.nullable(),
  created_at: z.number(),
  updated_at: z.number(),
  started_at: z.number(),
})
export type Run = z.infer<typeof Run>

export const Job = z.object({
  id: z.number(),
  run_id: z.number(),
  run_attempt: z.number(),
  name: z.string(),
  /** What is run in its place on this machine; null when nothing is bound. */
  command: z.string().nullable(),
  status: Status,
  conclusion: Conclusion.nullable(),
  check_run_id: z.number(),
  process: z.number().nullable(),
  created_at: z.number(),
  started_at: z.number().nullable(),
  completed_at: z.number().nullable(),
})
export type Job = z.infer<typeof Job>

export const Artifact = z.object({
  id: z.number(),
  run_id: z.number(),
  name: z.string(),
  hash: z.string(),
  size: z.number(),
  created_at: z.number(),
  expires_at: z.number(),
})
export type Artifact = z.infer<typeof Artifact>
