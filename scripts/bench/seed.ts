import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const dayMs = 86_400_000

/** Rows of a whole seed: the sizes that the targets name, and others in proportion. */
export const sizes = {
  deployments: 100_000,
  commands: 1_000_000,
  tasks: 10_000,
  resources: 50_000,
  gitEvents: 50_000,
  repositories: 600,
  states: 400,
  tokens: 2000,
  acts: 100_000,
}

/**
 * Fills the D1 database below a Miniflare's folder with a year that ends with the UTC day of `at`. Everything follows from
 * the row numbers, so it is the same each time; counters and rollups are computed from the rows.
 * No Miniflare may have the folder open.
 */
export function seed(folder: string, share: number, at: number): void {
  const db = new DatabaseSync(fileOf(folder), { enableForeignKeyConstraints: false })
  try {
    const end = Math.floor(at / dayMs) * dayMs + dayMs
    db.exec('pragma synchronous = off')
    db.exec('begin')
    for (const statement of [
      ...people(share, end),
      ...runs(share, end),
      ...inventory(share, end),
      ...work(share, end),
      ...causes(share),
      audit(share, end),
    ]) {
      db.exec(statement)
    }
    for (const statement of rollups) db.exec(statement)
    db.exec('commit')
    db.exec('pragma wal_checkpoint(truncate)')
  } finally {
    db.close()
  }
}

/** Miniflare keeps a D1 in a file with a hashed name. */
function fileOf(folder: string): string {
  const files = globSync(join(folder, 'd1/*/*.sqlite'))
  const found = files.find((file) => {
    const db = new DatabaseSync(file, { readOnly: true })
    const row = db.prepare("select 1 from sqlite_master where name = 'deployments'").get()
    db.close()
    return row !== undefined
  })
  if (found === undefined) throw new Error(`There is no migrated D1 below ${folder}.`)
  return found
}

/** Numbers from 0, as a table `c` with the column `v`. */
const up = (rows: number) => `with recursive c (v) as (select 0 union all select v + 1 from c where v + 1 < ${rows})`

/** The moment of row `v` of `rows`, spread evenly over the year before `end`. */
const moment = (end: number, rows: number) => `${end - 1} - (${rows - 1} - v) * ${365 * dayMs} / ${rows}`

/** One of several values in turn. */
function pick(values: readonly string[], number = 'v'): string {
  return `case (${number}) % ${values.length} ${values.map((value, index) => `when ${index} then '${value}'`).join(' ')} end`
}

function people(share: number, end: number): string[] {
  return [
    `${up(sizes.tokens * share)} insert into api_tokens (name, hash, scopes, created_at, created_by)
      select 'token ' || v, 'hash ' || v, '["read"]', ${end} - v, 'root' from c`,
    `${up(sizes.states * share)} insert into states (name, lineage, serial, version, created_at, updated_at)
      select printf('team-%03d/network/production', v), 'lineage-' || v, 1, 1, 1, 1 from c`,
    `${up(sizes.repositories * share)} insert into github_repositories (repo_owner, repo_name, repo_full_name, created_at,
      updated_at, last_push_at) select 'octo', 'service-' || v, 'octo/service-' || v, 1, 1, ${end} - v from c`,
  ]
}

const statuses = ['failed', 'canceled', 'abandoned', ...Array.from({ length: 17 }, () => 'success')]
const operations = ['plan', 'apply', 'apply', 'plan', 'apply', 'destroy', 'apply', 'plan', 'apply', 'import']

/** Every other run is one state's, so that a filter by it has as many pages as a filter can. */
function runs(share: number, end: number): string[] {
  const rows = sizes.deployments * share
  const state = `iif(v % 2, 1, 1 + v / 2 % ${sizes.states * share})`
  const when = moment(end, rows)
  return [
    `${up(rows)} insert into deployments (deployment_id, day, number, state_id, run_key, operation, status, inferred,
        actor, credential, terraform_version, resources_created, resource_count, writes, started_at, updated_at, finished_at)
      select printf('deploy-%s-%06d', day, v), day, v, state, 'lock ' || v, operation, status, 1, actor, 'ci', '1.11.4',
        v % 7, 50, 1, at, at + 4000, iif(status = 'in_progress', null, at + 4000)
      from (select v, date(at / 1000, 'unixepoch') as day, state, at, operation, status, actor from (select v,
        ${state} as state, ${when} as at, ${pick(operations)} as operation,
        iif(v >= ${rows - 5}, 'in_progress', ${pick(statuses, 'v / 3')}) as status, 'person-' || (v % 20) || '@host' as actor
        from c))`,
    `insert into state_snapshots (state_id, version, serial, lineage, deployment_id, lock_id, sha256, size, resource_count,
        inventory, created_at)
      select state_id, row_number() over (partition by state_id order by id), row_number() over (partition by state_id order by id),
        'lineage', id, run_key, 'sha256', 85000, 50, 'complete', started_at from deployments`,
  ]
}

const providers = ['cloudflare', 'azurerm', 'cloudflare', 'github', 'auth0', 'cloudflare', 'aws', 'terraform']

/** A run creates ten resources; every third was changed by a later run. */
function inventory(share: number, end: number): string[] {
  const rows = sizes.resources * share
  return [
    `${up(rows)} insert into managed_resources (state_id, address, type, name, provider, provider_address, cloud_id,
        status, attributes, dependencies, created_by, changed_by, created_at, updated_at)
      select iif(v % 2, 1, 1 + v / 2 % ${sizes.states * share}), provider || '_kind' || (v / 8 % 4) || '.service_' || v,
        provider || '_kind' || (v / 8 % 4), 'service_' || v, provider, 'registry.terraform.io/bench/' || provider, 'id-' || v,
        status, json_object('id', 'id-' || v, 'name', 'service-' || v), '[]', created_by,
        iif(v % 3, created_by, created_by + 1 + v % 5), ${end}, ${end}
      from (select v, ${pick(providers)} as provider, 1 + v / 10 as created_by,
        case when v % 7 = 0 then 'deleted' when v % 11 = 0 then 'tainted' when v % 13 = 0 then 'deposed' else 'active' end
        as status from c)`,
    `insert into resource_changes (resource_id, state_id, version, serial, deployment_id, action, changed, at)
      select id, state_id, 1, 1, changed_by, 'update', '[]', updated_at from managed_resources`,
    `insert into resource_text (rowid, text)
      select id, address || ' ' || cloud_id from managed_resources where status <> 'deleted'`,
  ]
}

const commandTypes = ['terraform', 'git', 'npm', 'terraform', 'git', 'wrangler', 'git', 'az', 'terraform', 'other']

function work(share: number, end: number): string[] {
  const { commands, tasks, gitEvents, repositories } = sizes
  const known = repositories * share
  return [
    `${up(commands * share)} insert into command_history (id, command, command_type, exit_code, duration_ms, executed_by,
        executed_at, deployment_id)
      select at * 512 + v % 512, type || ' run ' || v, type, iif(v % 25, 0, 1), 1 + v * v % 600000, 'person', at,
        iif(v % 10, null, 1 + v / 10)
      from (select v, cast(${moment(end, commands * share)} as integer) as at, ${pick(commandTypes)} as type from c)`,
    `${up(tasks * share)} insert into project_tasks (repository_id, number, is_pull, title, state, status, priority,
        assignee, created_at, updated_at, closed_at)
      select 1 + v % ${known}, v, v % 5 = 0, 'Task ' || v, iif(v % 3, 'open', 'closed'),
        iif(v % 3, ${pick(['todo', 'in_progress', 'review'], 'v / 3')}, 'done'),
        ${pick(['low', 'medium', 'high', 'critical', 'medium'])}, 'person-' || v % 20, at, at, iif(v % 3, null, at)
      from (select v, cast(${moment(end, tasks * share)} as integer) as at from c)`,
    `insert into task_labels (task_id, label_name, created_at)
      select t.id, value, t.created_at from project_tasks t, json_each('["bug", "area:network", "team:platform"]')`,
    `${up(gitEvents * share)} insert into git_events (event_id, event_type, repo_full_name, branch, author, commit_message,
        timestamp)
      select 'event ' || v, ${pick(['push', 'push', 'pull_request'])}, 'octo/service-' || v % ${known}, 'main', 'person',
        'Change ' || v, ${moment(end, gitEvents * share)} from c`,
  ]
}

/** Every run was planned, by a command at a commit that a task asked for. Every task asked for many commits. */
function causes(share: number): string[] {
  const rows = sizes.deployments * share
  const link = (from: string, fromId: string, relation: string, to: string, toId: string) =>
    `select '${from}', ${fromId}, '${relation}', '${to}', ${toId}, 'observed', null, started_at from deployments
      where id <= ${rows}`
  const [command, commit] = ["'command-' || id", "'octo/service-1@' || printf('%040x', id)"]
  const task = `'octo/service-1#' || id % ${sizes.tasks * share}`
  return [
    link('plan', "deployment_id || '/1'", 'applied_by', 'deployment', 'deployment_id'),
    link('command', command, 'made', 'plan', "deployment_id || '/1'"),
    link('commit', commit, 'checked_out_by', 'command', command),
    link('task', task, 'asked_for', 'commit', commit),
  ].map((each) => `insert into links (from_kind, from_id, relation, to_kind, to_id, evidence, detail, at) ${each}`)
}

const actions = ['state.write', 'deployment.create', 'state.write', 'deployment.update', 'token.create']
const outcomes = ['success', 'success', 'refused', 'success', 'failed', 'success', 'success', 'success']

function audit(share: number, end: number): string {
  const rows = sizes.acts * share
  return `${up(rows)} insert into audit_log (outbox_id, at, actor, token_id, action, subject, outcome, request_id, address,
      changed, detail)
    select v, ${moment(end, rows)}, 'ci-' || (v % 20), 'tok-000000001', ${pick(actions)},
      printf('team-%03d/network/production', iif(v % 2, 0, v / 2 % ${sizes.states * share})), ${pick(outcomes)}, 'request-' || v,
      '192.0.2.1', '[]', json_object('version', v) from c`
}

/** Everything that the dashboard may not count, computed from the rows it stands for. */
const rollups = [
  "insert into counters select 'deployments', status, count(*) from deployments group by 2",
  `insert into deployment_days select day, operation, count(*), sum(status = 'failed') from deployments group by 1, 2`,
  "insert into counters select 'resources', provider, count(*) from managed_resources where status <> 'deleted' group by 2",
  "insert into counters select 'resource_types', type, count(*) from managed_resources where status <> 'deleted' group by 2",
  "insert into counters select 'tasks:state', state, count(*) from project_tasks group by 2",
  "insert into counters select 'tasks:status', status, count(*) from project_tasks group by 2",
  "insert into counters select 'tasks:priority', priority, count(*) from project_tasks where state = 'open' group by 2",
  "insert into counters select 'pulls', 'open', count(*) from project_tasks where is_pull and state = 'open'",
  "insert into counters select 'repositories', 'total', count(*) from github_repositories",
  "insert into counters select 'commands', command_type, count(*) from command_history group by 2",
  `insert into counters select 'commits', date(timestamp / 1000, 'unixepoch'), count(*) from git_events
    where event_type = 'push' group by 2`,
  `insert into command_hours (hour, command_type, n, failed, total_ms, buckets)
    select hour, type, sum(n), sum(failed), sum(ms), json_group_object(bucket, n)
    from (select executed_at / 3600000 as hour, command_type as type, min(19, cast(log2(duration_ms) as integer)) as bucket,
      count(*) as n, sum(exit_code <> 0) as failed, sum(duration_ms) as ms from command_history group by 1, 2, 3)
    group by 1, 2`,
]
