import packageJson from '../../../package.json' with { type: 'json' }
import { metered, startWorker } from '../../testing.ts'
import { readOverview } from './queries.ts'

const worker = startWorker()
const dayMs = 86_400_000

async function dashboard() {
  const response = await worker.fetch('/api/dashboard')
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, Record<string, unknown>>
}

const up = (to: number) => `with recursive c (v) as (select 0 union all select v + 1 from c where v < ${to - 1})`

/** A year that ends at `at`: deployments and commands spread evenly, commits counted on every day, tasks with labels. */
async function seedYear(size: number, at: number) {
  const db = await worker.db()
  const repositories = 60
  await db.batch([
    db.prepare("insert into states (name, created_at, updated_at) values ('prod', 1, 1)"),
    db.prepare(`${up(3000 * size)} insert into deployments (deployment_id, day, number, state_id, run_key, operation,
      status, started_at, updated_at) select 'd-' || v, 'day', v, (select id from states), 'k' || v, 'apply', 'success',
      ${at} - v * 1000, 1 from c`),
    db.prepare(`${up(365 * size)} insert into deployment_days (day, operation, n)
      select date(${at} / 1000 - v * 86400, 'unixepoch'), 'apply', 8 from c`),
    db.prepare(`${up(20_000 * size)} insert into command_history (command, command_type, executed_at)
      select 'terraform plan', 'terraform', ${at} - v * 1000 from c`),
    db.prepare(`${up(8760 * size)} insert into command_hours (hour, command_type, n)
      select ${Math.floor(at / 3_600_000)} + 30 - v, type, 1
      from c, (select 'terraform' as type union all select 'git' union all select 'npm')`),
    db.prepare(`${up(3000 * size)} insert into counters (scope, key, n)
      select 'commits', date(${at} / 1000 - v * 86400, 'unixepoch'), 3 from c`),
    db.prepare(`${up(2000 * size)} insert into git_events (event_id, event_type, repo_full_name, timestamp)
      select 'e' || v, 'push', 'octo/site', ${at} - v * 1000 from c`),
    db.prepare(`${up(repositories)} insert into github_repositories (repo_owner, repo_name, repo_full_name, created_at,
      updated_at) select 'octo', 'r' || v, 'octo/r' || v, 1, 1 from c`),
    db.prepare(`${up(1000 * size)} insert into project_tasks (repository_id, number, title, priority, created_at,
      updated_at) select (select min(id) from github_repositories) + v % ${repositories}, v, 't' || v,
      case v % 4 when 0 then 'critical' when 1 then 'low' else 'high' end, ${at} - v, 1 from c`),
    db.prepare(`insert into task_labels (task_id, label_name, created_at) select t.id, value, 1 from project_tasks t,
      json_each('["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o"]')`),
  ])
  return db
}

test('an empty installation shows zeros and no invented rows', async () => {
  expect(await dashboard()).toEqual({
    infrastructure: { resources_by_provider: [], total_resources: 0, last_deployment: null },
    deployments: { recent: [], in_progress: 0 },
    repositories: { total: 0, managed: [] },
    tasks: {
      open_count: 0,
      active: [],
      by_priority: { critical: 0, high: 0, medium: 0, low: 0 },
      by_status: { todo: 0, in_progress: 0, review: 0, done: 0 },
    },
    commands: {
      recent: [],
      stats: { total_commands_today: 0, terraform_runs: 0, deployments: 0, git_operations: 0 },
      by_type: {},
    },
    git_activity: { recent_events: [], commits_today: 0, open_prs: 0 },
    system: {
      worker_version: packageJson.version,
      environment: 'test',
      uptime: 'while_started',
      edge_deployment: false,
      features: {
        infrastructure_management: true,
        repository_management: false,
        task_tracking: false,
        command_history: false,
        vpc_ready: false,
      },
    },
  })
})

test('totals are the counters, by scope', async () => {
  const db = await worker.db()
  const today = new Date().toISOString().slice(0, 10)
  const rows: [string, string, number][] = [
    ['deployments', 'in_progress', 2],
    ['deployments', 'success', 40],
    ['resources', 'azure', 3],
    ['resources', 'cloudflare', 12],
    ['resources', 'gone', 0],
    ['tasks:state', 'open', 7],
    ['tasks:priority', 'critical', 1],
    ['tasks:status', 'review', 4],
    ['commands', 'git', 9],
    ['repositories', 'total', 5],
    ['pulls', 'open', 6],
    ['commits', today, 8],
    ['commits', '2001-01-01', 99],
  ]
  await db.batch(rows.map((row) => db.prepare('insert into counters values (?, ?, ?)').bind(...row)))
  const hour = Math.floor(Date.now() / dayMs) * 24
  await db.batch([
    db.prepare(`insert into command_hours (hour, command_type, n) values (${hour}, 'terraform', 2),
      (${hour + 23}, 'git', 3), (${hour}, 'npm', 5), (${hour - 1}, 'git', 50), (${hour + 24}, 'git', 50)`),
    db
      .prepare("insert into deployment_days (day, operation, n) values (?, 'apply', 4), (?, 'destroy', 1)")
      .bind(today, today),
  ])
  expect(await dashboard()).toMatchObject({
    infrastructure: {
      resources_by_provider: [
        { provider: 'cloudflare', count: 12 },
        { provider: 'azure', count: 3 },
      ],
      total_resources: 15,
    },
    deployments: { in_progress: 2 },
    repositories: { total: 5 },
    tasks: { open_count: 7, by_priority: { critical: 1, high: 0 }, by_status: { review: 4, todo: 0 } },
    commands: {
      stats: { total_commands_today: 10, terraform_runs: 2, git_operations: 3, deployments: 5 },
      by_type: { git: 9 },
    },
    git_activity: { commits_today: 8, open_prs: 6 },
  })
})

test('lists hold the newest rows, and tasks the most urgent', async () => {
  const at = Date.now()
  const db = await seedYear(0.1, at)
  await db.batch([
    db.prepare("update github_repositories set last_push_at = 1000, open_issues = 2 where repo_name = 'r59'"),
    db.prepare("update git_events set branch = 'main', author = 'alice', commit_message = 'Fix' where event_id = 'e0'"),
    db.prepare("update project_tasks set assignee = 'alice' where number = 0"),
  ])
  const shown = await dashboard()
  const started = new Date(at).toISOString()
  expect(shown['infrastructure']).toMatchObject({
    last_deployment: { id: 'd-0', status: 'success', resources_created: 0, started_at: started },
  })
  expect(shown['deployments']?.['recent']).toHaveLength(10)
  expect(shown['commands']?.['recent']).toHaveLength(20)
  expect(shown['git_activity']?.['recent_events']).toHaveLength(15)
  expect(shown['repositories']?.['managed']).toHaveLength(50)
  const tasks = shown['tasks']?.['active'] as { priority: string; labels: string[] }[]
  expect(tasks).toHaveLength(50)
  expect(tasks[0]).toMatchObject({ id: 'octo/r0#0', title: 't0', assignee: 'alice', status: 'todo' })
  expect(tasks[0]?.labels).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
  expect(tasks.map(({ priority }) => priority)).toEqual([...Array(25).fill('critical'), ...Array(25).fill('high')])
  expect(shown['git_activity']?.['recent_events']).toMatchObject({
    0: { type: 'push', repo: 'site', branch: 'main', author: 'alice', message: 'Fix', timestamp: started },
  })
  expect(shown['repositories']?.['managed']).toMatchObject({
    0: {
      name: 'r59',
      full_name: 'octo/r59',
      visibility: 'private',
      open_issues: 2,
      last_push: '1970-01-01T00:00:01.000Z',
    },
  })
})

test('it reads as few rows whatever the history holds', async () => {
  const at = Math.floor(Date.now() / dayMs) * dayMs + dayMs / 2
  const reads: number[] = []
  for (const size of [0.1, 1]) {
    const { db, read } = metered(await seedYear(size, at))
    await readOverview(db, at)
    reads.push(read())
    const tables = ['task_labels', 'project_tasks', 'github_repositories', 'git_events', 'counters', 'command_hours']
    const rest = ['command_history', 'deployment_days', 'deployments', 'states']
    const whole = await worker.db()
    await whole.batch([...tables, ...rest].map((table) => whole.prepare(`delete from ${table}`)))
  }
  expect(reads[1]).toBe(reads[0])
  expect(reads[0]).toBeGreaterThan(150)
  expect(reads[0]).toBeLessThanOrEqual(1500)
})

test('the dashboard takes no query and needs the scope read', async () => {
  expect((await worker.fetch('/api/dashboard?days=3')).status).toBe(400)
  expect((await worker.fetch('/api/dashboard', { token: null })).status).toBe(401)
})
