import { z } from '@hono/zod-openapi'
import { day } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { readAll, sql, time } from '../../platform/sql.ts'
import { DeploymentRow, newestDeployments } from '../deployments/queries.ts'
import { ActiveTask, ManagedRepository, RecentCommand, RecentGitEvent } from './schema.ts'

const Counter = z.object({ scope: z.string(), key: z.string(), n: z.int() })
const CommandHour = z.object({ command_type: z.string(), n: z.int() })
const DeploymentDay = z.object({ n: z.int() })
const TaskRow = ActiveTask.extend({ labels: fromJson(ActiveTask.shape.labels) })

const counters = sql`select scope, key, n from counters where scope in ('deployments', 'resources', 'tasks:state',
  'tasks:priority', 'tasks:status', 'commands', 'repositories', 'pulls')`

/** Commits are counted by day for ever, so only today's row is read. */
const commitsOn = (today: string) => sql`select scope, key, n from counters where scope = 'commits' and key = ${today}`

const deploymentsOn = (today: string) => sql`select n from deployment_days where day = ${today}`

/** Left alone, the planner would take the index on `state` and sort every open task. */
const activeTasks = sql`select r.repo_full_name || '#' || t.number as id, t.title, t.status, t.priority, t.assignee,
  (select json_group_array(label_name) from (select label_name from task_labels where task_id = t.id limit 10)) as labels,
  ${time('t.created_at')}
  from project_tasks t indexed by project_tasks_open cross join github_repositories r on r.id = t.repository_id
  where t.state = 'open' order by t.priority_rank desc, t.created_at desc limit 50`

const recentCommands = sql`select command, command_type, exit_code, duration_ms, ${time('executed_at')}
  from command_history order by id desc limit 20`

/** Hours are numbered from 1970, as the buckets are keyed. */
function commandHoursOf(at: Moment) {
  const first = Math.floor(at / 86_400_000) * 24
  return sql`select command_type, n from command_hours where hour between ${first} and ${first + 23}`
}

const recentGitEvents = sql`select event_type as type, substr(repo_full_name, instr(repo_full_name, '/') + 1) as repo,
  branch, author, commit_message as message, ${time('timestamp')}
  from git_events e order by e.timestamp desc, e.id desc limit 15`

const managedRepositories = sql`select repo_name as name, repo_full_name as full_name, visibility, open_issues,
  ${time('last_push_at', 'last_push')}
  from github_repositories where terraform_managed = 1 order by id desc limit 50`

/** All that the dashboard shows, in one round trip. What it reads depends on what it shows, never on the history. */
export async function readOverview(db: D1Database, at: Moment) {
  const today = day(at)
  return readAll(db, {
    counters: [counters, Counter],
    commits: [commitsOn(today), Counter],
    deployments: [newestDeployments(sql`true`, 10), DeploymentRow],
    deploymentDays: [deploymentsOn(today), DeploymentDay],
    tasks: [activeTasks, TaskRow],
    commands: [recentCommands, RecentCommand],
    commandHours: [commandHoursOf(at), CommandHour],
    gitEvents: [recentGitEvents, RecentGitEvent],
    repositories: [managedRepositories, ManagedRepository],
  })
}
export type Overview = Awaited<ReturnType<typeof readOverview>>
