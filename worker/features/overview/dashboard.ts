import { Deployment } from '../deployments/schema.ts'
import type { Overview } from './queries.ts'
import type { Dashboard, System } from './schema.ts'
import { totals } from './totals.ts'
import type { Counter } from './totals.ts'

/** What this version really does. */
export const features = {
  infrastructure_management: true,
  repository_management: false,
  task_tracking: false,
  command_history: false,
  vpc_ready: false,
}

/** Lays the rows out as the dashboard shows them; every number in it was counted when its rows were written. */
export function dashboardOf(rows: Overview, system: System): Dashboard {
  const counted = totals([...rows.counters, ...rows.commits])
  return {
    infrastructure: infrastructureOf(rows, counted),
    deployments: {
      recent: rows.deployments.map((row) => Deployment.parse(row)),
      in_progress: counted.of('deployments', 'in_progress'),
    },
    repositories: { total: counted.of('repositories', 'total'), managed: rows.repositories },
    tasks: tasksOf(rows, counted),
    commands: {
      recent: rows.commands,
      stats: commandsToday(rows),
      by_type: Object.fromEntries(counted.all('commands')),
    },
    git_activity: {
      recent_events: rows.gitEvents,
      commits_today: sum(rows.commits),
      open_prs: counted.of('pulls', 'open'),
    },
    system,
  }
}

type Totals = ReturnType<typeof totals>

function infrastructureOf(rows: Overview, counted: Totals): Dashboard['infrastructure'] {
  const providers = counted.all('resources').map(([provider, count]) => ({ provider, count }))
  const [last] = rows.deployments
  return {
    resources_by_provider: providers,
    total_resources: providers.reduce((total, { count }) => total + count, 0),
    last_deployment: last
      ? {
          id: last.id,
          status: last.status,
          resources_created: last.resources_created,
          started_at: last.started_at,
        }
      : null,
  }
}

function tasksOf(rows: Overview, counted: Totals): Dashboard['tasks'] {
  const priority = (key: string) => counted.of('tasks:priority', key)
  const status = (key: string) => counted.of('tasks:status', key)
  return {
    open_count: counted.of('tasks:state', 'open'),
    active: rows.tasks,
    by_priority: {
      critical: priority('critical'),
      high: priority('high'),
      medium: priority('medium'),
      low: priority('low'),
    },
    by_status: {
      todo: status('todo'),
      in_progress: status('in_progress'),
      review: status('review'),
      done: status('done'),
    },
  }
}

function commandsToday({ commandHours, deploymentDays }: Overview): Dashboard['commands']['stats'] {
  const of = (type: string) => sum(commandHours.filter(({ command_type }) => command_type === type))
  return {
    total_commands_today: sum(commandHours),
    terraform_runs: of('terraform'),
    deployments: sum(deploymentDays),
    git_operations: of('git'),
  }
}

function sum(counts: readonly Pick<Counter, 'n'>[]): number {
  return counts.reduce((total, { n }) => total + n, 0)
}
