import { z } from 'zod'
import { flag, json } from '../platform/store.ts'

export const tables = `
create table if not exists environments (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  name text not null collate nocase,
  settings text not null,
  created_at integer not null,
  updated_at integer not null,
  unique (repository_id, name)
) strict;
create table if not exists deployments (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  sha text not null,
  ref text not null,
  task text not null,
  environment text not null,
  description text,
  payload text not null,
  transient_environment integer not null,
  production_environment integer not null,
  creator_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null
) strict;
create index if not exists deployments_by_repository on deployments (repository_id, id);
create table if not exists deployment_statuses (
  id integer primary key autoincrement,
  deployment_id integer not null references deployments on delete cascade,
  state text not null,
  description text not null,
  environment text not null,
  target_url text not null,
  log_url text not null,
  environment_url text not null,
  creator_id integer not null references accounts,
  created_at integer not null
) strict;
create index if not exists deployment_statuses_by_deployment on deployment_statuses (deployment_id, id);
`

export const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const

const Reviewer = z.object({ type: z.enum(['User', 'Team']), id: z.number() })
export type Reviewer = z.infer<typeof Reviewer>
const BranchPolicy = z.object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })

export const EnvironmentSettings = z.object({
  wait_timer: z.number().int().min(0).max(43_200).default(0),
  prevent_self_review: z.boolean().default(false),
  /** In no document of GitHub's, but told by it and set by Terraform's provider. */
  can_admins_bypass: z.boolean().default(true),
  reviewers: z.array(Reviewer).nullish(),
  deployment_branch_policy: BranchPolicy.nullish(),
})

export const Environment = z.object({
  id: z.number(),
  repository_id: z.number(),
  name: z.string(),
  settings: json(EnvironmentSettings),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Environment = z.infer<typeof Environment>

export const Deployment = z.object({
  id: z.number(),
  repository_id: z.number(),
  sha: z.string(),
  ref: z.string(),
  task: z.string(),
  environment: z.string(),
  description: z.string().nullable(),
  payload: json(z.unknown()),
  transient_environment: flag,
  production_environment: flag,
  creator_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Deployment = z.infer<typeof Deployment>

export const DeploymentStatus = z.object({
  id: z.number(),
  deployment_id: z.number(),
  state: z.enum(states),
  description: z.string(),
  environment: z.string(),
  target_url: z.string(),
  log_url: z.string(),
  environment_url: z.string(),
  creator_id: z.number(),
  created_at: z.number(),
})
export type DeploymentStatus = z.infer<typeof DeploymentStatus>
