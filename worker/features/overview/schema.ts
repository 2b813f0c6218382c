import { z } from '@hono/zod-openapi'
import { Deployment } from '../deployments/schema.ts'

const count = z.int().min(0)
const time = z.iso.datetime()

const Infrastructure = z.object({
  resources_by_provider: z.array(z.object({ provider: z.string(), count })),
  total_resources: count,
  last_deployment: Deployment.pick({ id: true, status: true, resources_created: true, started_at: true }).nullable(),
})

export const ManagedRepository = z
  .object({
    name: z.string(),
    full_name: z.string(),
    visibility: z.enum(['public', 'private', 'internal']),
    open_issues: count,
    last_push: time.nullable(),
  })
  .openapi('ManagedRepository')

export const ActiveTask = z
  .object({
    id: z.string().openapi({ example: 'octo/site#12' }),
    title: z.string(),
    status: z.enum(['todo', 'in_progress', 'review', 'done']),
    priority: z.enum(['low', 'medium', 'high', 'critical']),
    assignee: z.string().nullable(),
    labels: z.array(z.string()).openapi({ description: 'The first ten by name.' }),
    created_at: time,
  })
  .openapi('ActiveTask')

export const RecentCommand = z
  .object({
    command: z.string(),
    command_type: z.string(),
    exit_code: z.int().nullable(),
    duration_ms: z.int().nullable(),
    executed_at: time,
  })
  .openapi('RecentCommand')

export const RecentGitEvent = z
  .object({
    type: z.string(),
    repo: z.string().openapi({ description: 'The short name.' }),
    branch: z.string().nullable(),
    author: z.string().nullable(),
    message: z.string().nullable(),
    timestamp: time,
  })
  .openapi('RecentGitEvent')

const System = z.object({
  worker_version: z.string(),
  environment: z.string(),
  uptime: z.enum(['always_on', 'while_started']),
  edge_deployment: z.boolean().openapi({ description: "Whether it runs in Cloudflare's network." }),
  features: z.record(z.string(), z.boolean()),
})

export const Dashboard = z
  .object({
    infrastructure: Infrastructure,
    deployments: z.object({ recent: z.array(Deployment), in_progress: count }),
    repositories: z.object({ total: count, managed: z.array(ManagedRepository) }),
    tasks: z.object({
      open_count: count,
      active: z.array(ActiveTask),
      by_priority: z.object({ critical: count, high: count, medium: count, low: count }),
      by_status: z.object({ todo: count, in_progress: count, review: count, done: count }),
    }),
    commands: z.object({
      recent: z.array(RecentCommand),
      stats: z
        .object({ total_commands_today: count, terraform_runs: count, deployments: count, git_operations: count })
        .openapi({ description: 'Of the UTC day.' }),
      by_type: z.record(z.string(), count).openapi({ description: 'Of all time.' }),
    }),
    git_activity: z.object({ recent_events: z.array(RecentGitEvent), commits_today: count, open_prs: count }),
    system: System,
  })
  .openapi('Dashboard')
export type Dashboard = z.infer<typeof Dashboard>
export type System = z.infer<typeof System>
