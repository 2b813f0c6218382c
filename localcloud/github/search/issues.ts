import { accountByLogin } from '../accounts/queries.ts'
import { validationFailed } from '../platform/problem.ts'
import { every, join, list, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Repository } from '../repositories/schema.ts'
import { timeIn } from './times.ts'
import { readWords } from './words.ts'
import type { Qualifier } from './words.ts'

/** Who searches, and what they may see. */
export type Searcher = {
  readonly store: Store
  readonly me: string
  readonly repositories: readonly Repository[]
}

export type IssueSearch = { readonly condition: Statement; readonly order: Statement }

/** Which issues and pull requests a search finds, and in which order. */
export function issuesFor(searcher: Searcher, search: string): IssueSearch {
  const { texts, qualifiers } = readWords(search, (name) => name in rules || unconditional.has(name))
  const given = (name: string) => qualifiers.filter((each) => each.name === name)
  const conditions = qualifiers.flatMap(({ name, value, isNot }) => {
    const condition = rules[name]?.(value, searcher)
    return condition ? [isNot ? sql`not (${condition})` : condition] : []
  })
  const places = given('in').flatMap(({ value }) => value.split(','))
  return {
    condition: every([within(searcher, qualifiers), ...conditions, ...texts.map((text) => says(text, places))]),
    order: orderOf(given('sort')[0]?.value ?? ''),
  }
}

const unconditional = new Set(['repo', 'user', 'org', 'in', 'sort'])

/** Repositories that are named must be there for who searches; without names it is all that they may see. */
function within({ repositories }: Searcher, qualifiers: readonly Qualifier[]): Statement {
  const named = qualifiers.filter(({ name }) => ['repo', 'user', 'org'].includes(name))
  const found = (wanted: readonly Qualifier[]) =>
    repositories.filter(({ full_name, owner }) =>
      wanted.some(({ name, value }) => same(name === 'repo' ? full_name : owner.login, value)),
    )
  const included = named.filter(({ isNot }) => !isNot)
  const excluded = found(named.filter(({ isNot }) => isNot))
  const asked = included.length === 0 ? repositories : found(included)
  if (asked.length === 0 && included.length > 0) throw unsearchable()
  const ids = asked.filter((each) => !excluded.includes(each)).map(({ id }) => id)
  return sql`repository_id in (${list(ids)})`
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function unsearchable() {
  return validationFailed({
    resource: 'Search',
    field: 'q',
    code: 'invalid',
    message:
      'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.',
  })
}

function says(text: string, places: readonly string[]): Statement {
  const wanted = text.toLowerCase()
  const all: Record<string, Statement> = {
    title: sql`instr(lower(title), ${wanted}) > 0`,
    body: sql`instr(lower(coalesce(body, '')), ${wanted}) > 0`,
    comments: sql`exists (select 1 from issue_comments
      where issue_id = issues.id and instr(lower(issue_comments.body), ${wanted}) > 0)`,
  }
  const asked = Object.entries(all).filter(([place]) => places.length === 0 || places.includes(place))
  return asked.length === 0
    ? sql`false`
    : sql`(${join(
        asked.map(([, condition]) => condition),
        ' or ',
      )})`
}

type Rule = (value: string, searcher: Searcher) => Statement | null

const isMerged = sql`id in (select issue_id from pulls where merged_at is not null)`

const states: Record<string, Statement> = {
  open: sql`state = 'open'`,
  closed: sql`state = 'closed'`,
  issue: sql`is_pull = 0`,
  pr: sql`is_pull = 1`,
  merged: isMerged,
  unmerged: sql`is_pull = 1 and not ${isMerged}`,
  draft: sql`id in (select issue_id from pulls where draft = 1)`,
  locked: sql`locked = 1`,
  unlocked: sql`locked = 0`,
  public: sql`repository_id in (select id from repositories where visibility = 'public')`,
  private: sql`repository_id in (select id from repositories where visibility <> 'public')`,
}

const empty: Record<string, Statement> = {
  label: sql`not exists (select 1 from issue_labels where issue_id = issues.id)`,
  assignee: sql`not exists (select 1 from issue_assignees where issue_id = issues.id)`,
  milestone: sql`milestone_id is null`,
}

const rules: Record<string, Rule> = {
  is: (value) => states[value] ?? null,
  state: (value) => states[value] ?? null,
  type: (value) => states[value] ?? null,
  draft: (value) => sql`id in (select issue_id from pulls where draft = ${value === 'true'})`,
  reason: (value) => sql`state_reason = ${value.replaceAll(' ', '_')}`,
  no: (value) => empty[value] ?? null,
  label: (value) => sql`id in (select issue_id from issue_labels join labels on labels.id = label_id
    where name in (${list(value.split(','))}))`,
  milestone: (value) => sql`milestone_id in (select id from milestones where lower(title) = lower(${value}))`,
  head: (value) => sql`id in (select issue_id from pulls where head_ref = ${value})`,
  base: (value) => sql`id in (select issue_id from pulls where base_ref = ${value})`,
  author: (value, searcher) => sql`author_id = ${idOf(searcher, value)}`,
  assignee: (value, searcher) => assigned(idOf(searcher, value)),
  mentions: (value, { me }) => mentioned(value === '@me' ? me : value),
  commenter: (value, searcher) => commented(idOf(searcher, value)),
  involves: (value, searcher) => {
    const id = idOf(searcher, value)
    const name = value === '@me' ? searcher.me : value
    return sql`(${join([sql`author_id = ${id}`, assigned(id), mentioned(name), commented(id)], ' or ')})`
  },
  'review-requested': (value, searcher) => sql`id in (select issue_id from pulls
    join requested_reviewers on pull_id = pulls.id where user_id = ${idOf(searcher, value)})`,
  'reviewed-by': (value, searcher) => sql`id in (select issue_id from pulls
    join reviews on pull_id = pulls.id where author_id = ${idOf(searcher, value)})`,
  created: (value) => timeIn(sql`created_at`, value),
  updated: (value) => timeIn(sql`updated_at`, value),
  closed: (value) => timeIn(sql`closed_at`, value),
}

function idOf({ store, me }: Searcher, login: string): number {
  return accountByLogin(store, login === '@me' ? me : login)?.id ?? -1
}

function assigned(user: number): Statement {
  return sql`id in (select issue_id from issue_assignees where user_id = ${user})`
}

function mentioned(login: string): Statement {
  return sql`instr(lower(coalesce(body, '')), lower(${`@${login}`})) > 0`
}

function commented(user: number): Statement {
  return sql`id in (select issue_id from issue_comments where author_id = ${user})`
}

const columns: Record<string, Statement> = {
  created: sql`created_at`,
  updated: sql`updated_at`,
  comments: sql`(select count(*) from issue_comments where issue_id = issues.id)`,
}

/** `updated-asc`; the newest first unless asked. */
function orderOf(sort: string): Statement {
  const [name = '', direction] = sort.split('-')
  const column = columns[name] ?? sql`created_at`
  return direction === 'asc' ? sql`${column}, id` : sql`${column} desc, id desc`
}
