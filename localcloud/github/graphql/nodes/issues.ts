import type { Json } from '../../accounts/present.ts'
import { issuesWhere } from '../../issues/queries.ts'
import type { Issue } from '../../issues/schema.ts'
import { every, join, list, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { readable } from '../access.ts'
import type { Graph } from '../graph.ts'
import { listOf } from '../lists.ts'
import type { List } from '../lists.ts'

type Filters = {
  readonly assignee?: string | null
  readonly createdBy?: string | null
  readonly mentioned?: string | null
  readonly labels?: readonly string[] | null
  readonly milestone?: string | null
  readonly milestoneNumber?: string | null
  readonly since?: string | null
  readonly states?: readonly string[] | null
}

/** What the lists of issues and of pull requests take. */
export type IssueArgs = {
  readonly states?: readonly string[] | null
  readonly labels?: readonly string[] | null
  readonly filterBy?: Filters | null
  readonly baseRefName?: string | null
  readonly headRefName?: string | null
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

/** The lists of one scope, such as a repository, a label or an author. */
export function issueLists(g: Graph, scope: Statement): Json {
  return {
    issues: (args: IssueArgs) => listThat(g, [sql`is_pull = 0`, scope, ...issueConditions(args)], args),
    pullRequests: (args: IssueArgs) => listThat(g, [sql`is_pull = 1`, scope, ...pullConditions(args)], args),
  }
}

export function issuesBy(g: Graph, author: number): Json {
  return issueLists(g, sql`author_id = ${author}`)
}

function listThat(g: Graph, conditions: readonly (Statement | false)[], args: IssueArgs): List {
  const issues = issuesWhere(g.world.store, every(conditions), orderOf(args), { page: 1, size: 100_000, offset: 0 })
  return shownList(g, issues)
}

/** Those of these issues that the caller may see. */
export function shownList(g: Graph, issues: readonly Issue[]): List {
  const ids = new Set(issues.map(({ repository_id }) => repository_id))
  const repositories = new Map([...ids].map((id) => [id, readable(g, id)]))
  const seen = issues.flatMap((issue) => {
    const repository = repositories.get(issue.repository_id)
    return repository ? [{ id: issue.id, issue, repository }] : []
  })
  return listOf(seen, ({ issue, repository }) => g.show.issue(g, repository, issue))
}

function issueConditions({ states, labels, filterBy }: IssueArgs): (Statement | false)[] {
  const filters = filterBy ?? {}
  return [
    isAmong(states),
    isAmong(filters.states),
    hasAny(labels),
    ...(filters.labels ?? []).map((label) => labelled([label])),
    matches(filters.assignee, sql`id in (select issue_id from issue_assignees)`, (login) => {
      return sql`id in (select issue_id from issue_assignees where user_id = (select id from accounts where login = ${login}))`
    }),
    matches(filters.milestone, sql`milestone_id is not null`, (id) => sql`milestone_id = ${Number(id) || 0}`),
    matches(filters.milestoneNumber, sql`milestone_id is not null`, (number) => {
      return sql`milestone_id in (select id from milestones where number = ${Number(number) || 0})`
    }),
    typeof filters.createdBy === 'string' &&
      sql`author_id = (select id from accounts where login = ${filters.createdBy})`,
    typeof filters.mentioned === 'string' && sql`instr(lower(body), lower(${`@${filters.mentioned}`})) > 0`,
    typeof filters.since === 'string' && sql`updated_at >= ${Date.parse(filters.since) || 0}`,
  ]
}

function pullConditions({ states, labels, baseRefName, headRefName }: IssueArgs): (Statement | false)[] {
  return [
    isAmong(states),
    hasAny(labels),
    typeof baseRefName === 'string' && sql`id in (select issue_id from pulls where base_ref = ${baseRefName})`,
    typeof headRefName === 'string' && sql`id in (select issue_id from pulls where head_ref = ${headRefName})`,
  ]
}

/** A merged pull request is closed, but not `CLOSED`. */
const conditionsByState: Record<string, Statement> = {
  OPEN: sql`state = 'open'`,
  CLOSED: sql`(state = 'closed' and id not in (select issue_id from pulls where merged_at is not null))`,
  MERGED: sql`id in (select issue_id from pulls where merged_at is not null)`,
}

function isAmong(states: readonly string[] | null | undefined): Statement | false {
  if (!states || states.length === 0) return false
  const conditions = states.map((state) => conditionsByState[state] ?? sql`false`)
  return sql`(${join(conditions, ' or ')})`
}

function hasAny(labels: readonly string[] | null | undefined): Statement | false {
  return labels && labels.length > 0 ? labelled(labels) : false
}

function labelled(names: readonly string[]): Statement {
  return sql`id in (select issue_id from issue_labels join labels on labels.id = label_id where name in (${list(names)}))`
}

/** Null asks for those that have none, a star for those that have any. */
function matches(
  wanted: string | null | undefined,
  any: Statement,
  one: (text: string) => Statement,
): Statement | false {
  if (wanted === undefined) return false
  if (wanted === null) return sql`not (${any})`
  return wanted === '*' ? any : one(wanted)
}

const columns: Record<string, Statement> = {
  CREATED_AT: sql`created_at`,
  UPDATED_AT: sql`updated_at`,
  COMMENTS: sql`(select count(*) from issue_comments where issue_id = issues.id)`,
}

function orderOf({ orderBy }: IssueArgs): Statement {
  const column = columns[orderBy?.field ?? 'CREATED_AT'] ?? sql`created_at`
  return orderBy?.direction === 'DESC' ? sql`${column} desc, id desc` : sql`${column}, id`
}
