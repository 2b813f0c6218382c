import { userJson } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { takeNumber } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { labelJson, milestoneJson } from './present.ts'
import { assigneesOf, ensureLabels, issueById, labelsOf, milestoneById } from './queries.ts'
import type { Issue, Label, Milestone } from './schema.ts'
import { noteEvent, raiseFor } from './subject.ts'
import type { Raised } from './subject.ts'

/** What may be changed of an issue; what is left out stays. */
export type IssueChange = {
  readonly title?: string | undefined
  readonly body?: string | null | undefined
  readonly state?: Issue['state'] | undefined
  readonly state_reason?: Issue['state_reason'] | undefined
  readonly milestone?: Milestone | null | undefined
  /** All labels that it shall have, by name. */
  readonly labels?: readonly string[] | undefined
  /** All users that it shall be assigned to. */
  readonly assignees?: readonly Account[] | undefined
}

export type NewIssue = Omit<IssueChange, 'state' | 'state_reason'> & {
  readonly title: string
  readonly is_pull?: boolean
}

/** Adds an issue. @param announce raises what must be heard of first: `opened`, unless a pull request says it itself. */
export function addIssue(
  world: World,
  repository: Repository,
  author: Account,
  { title, body = null, is_pull = false, ...relations }: NewIssue,
  announce: (issue: Issue) => void = (issue) => raiseFor(world, repository, issue, author, [{ action: 'opened' }]),
): Issue {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const id = store.insert('issues', {
      repository_id: repository.id,
      number: takeNumber(store, repository),
      is_pull,
      title,
      body,
      state: 'open',
      author_id: author.id,
      created_at: at,
      updated_at: at,
    })
    const issue = found(issueById(store, id))
    const raised = relate(world, repository, issue, author, relations)
    announce(issue)
    raiseFor(world, repository, issue, author, raised)
    return found(issueById(store, id))
  })
}

/** Changes an issue or the issue side of a pull request, notes each change and raises its event. */
export function changeIssue(
  world: World,
  repository: Repository,
  issue: Issue,
  actor: Account,
  change: IssueChange,
  commit: string | null = null,
): Issue {
  const { store, now } = world
  return store.transact(() => {
    const raised = [
      ...reword(world, issue, actor, change),
      ...relate(world, repository, issue, actor, change),
      ...openOrClose(world, issue, actor, change, commit),
    ]
    store.update('issues', issue.id, { updated_at: now() })
    raiseFor(world, repository, issue, actor, raised)
    return found(issueById(store, issue.id))
  })
}

function reword(world: World, issue: Issue, actor: Account, { title, body }: IssueChange): Raised[] {
  const isRenamed = title !== undefined && title !== issue.title
  const isRewritten = body !== undefined && body !== issue.body
  if (!isRenamed && !isRewritten) return []
  world.store.update('issues', issue.id, { title, body })
  if (isRenamed) noteEvent(world, issue, actor, 'renamed', { rename: { from: issue.title, to: title } })
  const changes = {
    ...(isRenamed ? { title: { from: issue.title } } : {}),
    ...(isRewritten ? { body: { from: issue.body ?? '' } } : {}),
  }
  return [{ action: 'edited', body: { changes } }]
}

function openOrClose(world: World, issue: Issue, actor: Account, change: IssueChange, commit: string | null): Raised[] {
  const { state, state_reason } = change
  if (state === undefined || state === issue.state) return []
  const at = world.now()
  const isClosed = state === 'closed'
  world.store.update('issues', issue.id, {
    state,
    state_reason: issue.is_pull ? null : (state_reason ?? (isClosed ? 'completed' : 'reopened')),
    closed_at: isClosed ? at : null,
    closed_by: isClosed ? actor.id : null,
  })
  noteEvent(world, issue, actor, isClosed ? 'closed' : 'reopened', {}, commit)
  return [{ action: isClosed ? 'closed' : 'reopened' }]
}

function relate(world: World, repository: Repository, issue: Issue, actor: Account, change: IssueChange): Raised[] {
  const { labels, assignees, milestone } = change
  return [
    ...(labels ? relabel(world, repository, issue, actor, ensureLabels(world.store, repository.id, labels)) : []),
    ...(assignees ? reassign(world, issue, actor, assignees) : []),
    ...(milestone === undefined ? [] : reschedule(world, repository, issue, actor, milestone)),
  ]
}

function relabel(
  world: World,
  repository: Repository,
  issue: Issue,
  actor: Account,
  wanted: readonly Label[],
): Raised[] {
  const { store } = world
  const { added, removed } = difference(labelsOf(store, issue.id), wanted)
  const tell = (event: string, label: Label): Raised => {
    noteEvent(world, issue, actor, event, { label: { name: label.name, color: label.color } })
    return { action: event, body: { label: labelJson(world, repository, label) } }
  }
  for (const { id } of added) store.insert('issue_labels', { issue_id: issue.id, label_id: id })
  for (const { id } of removed)
    store.run(sql`delete from issue_labels where issue_id = ${issue.id} and label_id = ${id}`)
  return [...added.map((label) => tell('labeled', label)), ...removed.map((label) => tell('unlabeled', label))]
}

function reassign(world: World, issue: Issue, actor: Account, wanted: readonly Account[]): Raised[] {
  const { store, site } = world
  const { added, removed } = difference(assigneesOf(store, issue.id), wanted)
  const tell = (event: string, user: Account): Raised => {
    noteEvent(world, issue, actor, event, { assignee: user.id, assigner: actor.id })
    return { action: event, body: { assignee: userJson(site, user) } }
  }
  for (const { id } of added) store.insert('issue_assignees', { issue_id: issue.id, user_id: id })
  for (const { id } of removed)
    store.run(sql`delete from issue_assignees where issue_id = ${issue.id} and user_id = ${id}`)
  return [...added.map((user) => tell('assigned', user)), ...removed.map((user) => tell('unassigned', user))]
}

function reschedule(
  world: World,
  repository: Repository,
  issue: Issue,
  actor: Account,
  wanted: Milestone | null,
): Raised[] {
  const before = milestoneById(world.store, issue.milestone_id)
  if (before?.id === wanted?.id) return []
  world.store.update('issues', issue.id, { milestone_id: wanted?.id ?? null })
  const tell = (event: string, milestone: Milestone): Raised => {
    noteEvent(world, issue, actor, event, { milestone: { title: milestone.title } })
    return { action: event, body: { milestone: milestoneJson(world, repository, milestone) } }
  }
  return [...(before ? [tell('demilestoned', before)] : []), ...(wanted ? [tell('milestoned', wanted)] : [])]
}

function difference<Thing extends { readonly id: number }>(before: readonly Thing[], after: readonly Thing[]) {
  const wanted = new Map(after.map((each) => [each.id, each]))
  return {
    added: [...wanted.values()].filter(({ id }) => !before.some((each) => each.id === id)),
    removed: before.filter(({ id }) => !wanted.has(id)),
  }
}
