import { accountByLogin } from '../accounts/queries.ts'
import { validationFailed } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'

/** Which issues a list asks for, by its query. Pull requests are issues too. */
export function conditionFor(world: World, c: Call, repository: Repository | null): Statement {
  const query = (name: string) => c.req.query(name)
  return every([
    repository && sql`repository_id = ${repository.id}`,
    inState(query('state') ?? 'open'),
    ...labelled(query('labels') ?? ''),
    assignedTo(world, query('assignee')),
    createdBy(world, query('creator')),
    mentioning(query('mentioned')),
    inMilestone(query('milestone')),
    changedSince(query('since')),
  ])
}

export function orderFor(c: Call): Statement {
  const isUp = c.req.query('direction') === 'asc'
  const columns: Record<string, Statement> = {
    updated: sql`updated_at`,
    comments: sql`(select count(*) from issue_comments where issue_id = issues.id)`,
  }
  const column = columns[c.req.query('sort') ?? ''] ?? sql`created_at`
  return isUp ? sql`${column}, number` : sql`${column} desc, number desc`
}

/** A time in a query; nonsense is refused as GitHub does. */
export function changedSince(text: string | undefined): Statement | null {
  if (text === undefined) return null
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw validationFailed({ resource: 'Issue', field: 'since', code: 'invalid' })
  return sql`updated_at >= ${at}`
}

function inState(state: string): Statement | null {
  return state === 'all' ? null : sql`state = ${state}`
}

function labelled(names: string): Statement[] {
  const wanted = names.split(',').map((name) => name.trim())
  return wanted.filter(Boolean).map(
    (name) => sql`exists (select 1 from issue_labels join labels on labels.id = label_id
      where issue_id = issues.id and name = ${name})`,
  )
}

function assignedTo({ store }: World, login: string | undefined): Statement | null {
  if (login === undefined) return null
  const assigned = sql`select 1 from issue_assignees where issue_id = issues.id`
  if (login === 'none') return sql`not exists (${assigned})`
  if (login === '*') return sql`exists (${assigned})`
  return sql`exists (${assigned} and user_id = ${accountByLogin(store, login)?.id ?? -1})`
}

function createdBy({ store }: World, login: string | undefined): Statement | null {
  return login === undefined ? null : sql`author_id = ${accountByLogin(store, login)?.id ?? -1}`
}

function mentioning(login: string | undefined): Statement | null {
  return login === undefined ? null : sql`instr(lower(coalesce(body, '')), lower(${`@${login}`})) > 0`
}

function inMilestone(wanted: string | undefined): Statement | null {
  if (wanted === undefined) return null
  if (wanted === '*') return sql`milestone_id is not null`
  if (wanted === 'none') return sql`milestone_id is null`
  const number = Number(wanted)
  if (!Number.isInteger(number)) throw validationFailed({ resource: 'Issue', field: 'milestone', code: 'invalid' })
  return sql`milestone_id in (select id from milestones where milestones.repository_id = issues.repository_id and milestones.number = ${number})`
}
