import { Account } from '../accounts/schema.ts'
import type { Page } from '../platform/pages.ts'
import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Comment, Issue, IssueEvent, Label, Milestone } from './schema.ts'

export function issueById(store: Store, id: number): Issue | null {
  return store.first(sql`select * from issues where id = ${id}`, Issue)
}

export function issueNumbered(store: Store, repository: number, number: number): Issue | null {
  return store.first(sql`select * from issues where repository_id = ${repository} and number = ${number}`, Issue)
}

export function issuesWhere(store: Store, condition: Statement, order: Statement, { size, offset }: Page): Issue[] {
  return store.all(
    sql`select issues.* from issues where ${condition} order by ${order} limit ${size} offset ${offset}`,
    Issue,
  )
}

export function countIssues(store: Store, condition: Statement): number {
  return store.count(sql`select count(*) as count from issues where ${condition}`)
}

export function labelsOf(store: Store, issue: number): Label[] {
  return store.all(
    sql`select labels.* from issue_labels join labels on labels.id = label_id
      where issue_id = ${issue} order by labels.name limit 1000`,
    Label,
  )
}

export function labelsIn(store: Store, repository: number): Label[] {
  return store.all(sql`select * from labels where repository_id = ${repository} order by id limit 10000`, Label)
}

export function labelNamed(store: Store, repository: number, name: string): Label | null {
  return store.first(sql`select * from labels where repository_id = ${repository} and name = ${name}`, Label)
}

export function assigneesOf(store: Store, issue: number): Account[] {
  return store.all(
    sql`select accounts.* from issue_assignees join accounts on accounts.id = user_id
      where issue_id = ${issue} order by accounts.id limit 100`,
    Account,
  )
}

export function milestoneById(store: Store, id: number | null): Milestone | null {
  return id === null ? null : store.first(sql`select * from milestones where id = ${id}`, Milestone)
}

export function milestoneNumbered(store: Store, repository: number, number: number): Milestone | null {
  const key = sql`repository_id = ${repository} and number = ${number}`
  return store.first(sql`select * from milestones where ${key}`, Milestone)
}

export function commentById(store: Store, id: number): Comment | null {
  return store.first(sql`select * from issue_comments where id = ${id}`, Comment)
}

export function countComments(store: Store, issue: number): number {
  return store.count(sql`select count(*) as count from issue_comments where issue_id = ${issue}`)
}

export function eventsOf(store: Store, issue: number): IssueEvent[] {
  return store.all(sql`select * from issue_events where issue_id = ${issue} order by id limit 10000`, IssueEvent)
}

/** The labels of these names; those that are missing are made, as GitHub does, in its default grey. */
export function ensureLabels(store: Store, repository: number, names: readonly string[]): Label[] {
  return names.flatMap((name) => {
    const known = labelNamed(store, repository, name)
    if (known) return [known]
    const id = store.insert('labels', { repository_id: repository, name, color: 'ededed', is_default: false })
    return store.first(sql`select * from labels where id = ${id}`, Label) ?? []
  })
}
