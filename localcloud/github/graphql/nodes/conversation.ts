import type { Json } from '../../accounts/present.ts'
import { accountById } from '../../accounts/queries.ts'
import type { Account } from '../../accounts/schema.ts'
import { associationOf, issueHtmlUrl } from '../../issues/present.ts'
import { assigneesOf, countIssues, labelsOf, milestoneById } from '../../issues/queries.ts'
import { Comment } from '../../issues/schema.ts'
import type { Issue, Label, Milestone } from '../../issues/schema.ts'
import { nodeId } from '../../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../../platform/site.ts'
import { sql } from '../../platform/sql.ts'
import type { Store } from '../../platform/store.ts'
import type { Repository } from '../../repositories/schema.ts'
import { may } from '../access.ts'
import type { Graph } from '../graph.ts'
import { listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { html, pathOf } from '../text.ts'
import { issueLists } from './issues.ts'

/** What an issue and a pull request have alike. */
export function sharedFields(g: Graph, repository: Repository, issue: Issue): Json {
  const { store } = g.world
  const url = issueHtmlUrl(g.world, repository, issue)
  const isAuthor = issue.author_id === g.caller.user.id
  const mayTriage = may(g, repository, 'triage')
  return {
    number: issue.number,
    title: issue.title,
    titleHTML: issue.title,
    ...textFields(g, repository, issue, issue.body ?? ''),
    closed: issue.state === 'closed',
    closedAt: isoTimeOrNull(issue.closed_at),
    locked: issue.locked,
    activeLockReason: issue.lock_reason?.toUpperCase().replace(/[ -]/g, '_') ?? null,
    url,
    resourcePath: pathOf(url),
    repository: () => g.show.repository(g, repository),
    assignees: () => accountsList(g, assigneesOf(store, issue.id)),
    participants: () => accountsList(g, participantsOf(store, issue)),
    labels: (args: LabelArgs) => labelList(g, repository, labelsOf(store, issue.id), args),
    milestone: () => {
      const milestone = milestoneById(store, issue.milestone_id)
      return milestone && g.show.milestone(g, repository, milestone)
    },
    comments: () => listOf(commentsOf(store, issue.id), (each) => g.show.comment(g, repository, issue, each)),
    ...g.show.projectOwner(g, { issue }),
    viewerCanUpdate: isAuthor || mayTriage,
    viewerCanClose: isAuthor || mayTriage,
    viewerCanReopen: isAuthor || mayTriage,
    viewerCanLabel: mayTriage,
    viewerSubscription: isAuthor ? 'SUBSCRIBED' : 'UNSUBSCRIBED',
  }
}

type Written = { readonly author_id: number; readonly created_at: number; readonly updated_at: number }

/** What every text has that somebody wrote. */
export function textFields(g: Graph, repository: Repository, written: Written, body: string): Json {
  const { store } = g.world
  return {
    author: () => actor(g, written.author_id),
    authorAssociation: associationOf(store, repository, written.author_id),
    body,
    bodyHTML: html(body),
    bodyText: body,
    createdAt: isoTime(written.created_at),
    publishedAt: isoTime(written.created_at),
    updatedAt: isoTime(written.updated_at),
    editor: null,
    lastEditedAt: null,
    reactionGroups: [],
    viewerCanReact: !repository.archived,
    viewerDidAuthor: written.author_id === g.caller.user.id,
  }
}

/** Who did something; null when the account is gone. */
export function actor(g: Graph, id: number | null): Json | null {
  const account = id === null ? null : accountById(g.world.store, id)
  return account && g.show.account(g, account)
}

export function accountsList(g: Graph, accounts: readonly Account[]): List {
  return listOf(accounts, (each) => g.show.account(g, each))
}

export function commentsOf(store: Store, issue: number): Comment[] {
  return store.all(sql`select * from issue_comments where issue_id = ${issue} order by id limit 100000`, Comment)
}

function participantsOf(store: Store, issue: Issue): Account[] {
  const ids = new Set([issue.author_id, ...commentsOf(store, issue.id).map(({ author_id }) => author_id)])
  return [...ids].flatMap((id) => accountById(store, id) ?? [])
}

export function commentNode(g: Graph, repository: Repository, issue: Issue, comment: Comment): Json {
  const url = `${issueHtmlUrl(g.world, repository, issue)}#issuecomment-${comment.id}`
  const mayChange = comment.author_id === g.caller.user.id || may(g, repository, 'write')
  return {
    __typename: 'IssueComment',
    id: nodeId('IssueComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    ...textFields(g, repository, comment, comment.body),
    url,
    resourcePath: `${pathOf(url)}#issuecomment-${comment.id}`,
    issue: () => g.show.issue(g, repository, issue),
    pullRequest: () => (issue.is_pull ? g.show.issue(g, repository, issue) : null),
    repository: () => g.show.repository(g, repository),
    viewerCanUpdate: mayChange,
    viewerCanDelete: mayChange,
  }
}

export type LabelArgs = {
  readonly query?: string | null
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

/** Labels in the order that is asked for, those that match. */
export function labelList(
  g: Graph,
  repository: Repository,
  labels: readonly Label[],
  { query, orderBy }: LabelArgs,
): List {
  const words = query?.toLowerCase() ?? ''
  const found = labels.filter((label) => `${label.name}\n${label.description ?? ''}`.toLowerCase().includes(words))
  const isByName = orderBy?.field === 'NAME'
  const ordered = found.toSorted((a, b) => (isByName ? a.name.localeCompare(b.name) : a.id - b.id))
  if (orderBy?.direction === 'DESC') ordered.reverse()
  return listOf(ordered, (each) => g.show.label(g, repository, each))
}

export function labelNode(g: Graph, repository: Repository, label: Label): Json {
  const path = `/${repository.full_name}/labels/${encodeURIComponent(label.name)}`
  return {
    __typename: 'Label',
    id: nodeId('Label', label.id),
    name: label.name,
    color: label.color,
    description: label.description,
    isDefault: label.is_default,
    createdAt: isoTime(repository.created_at),
    updatedAt: isoTime(repository.created_at),
    url: `${g.world.site.html}${path}`,
    resourcePath: path,
    repository: () => g.show.repository(g, repository),
    ...issueLists(g, sql`id in (select issue_id from issue_labels where label_id = ${label.id})`),
  }
}

export function milestoneNode(g: Graph, repository: Repository, milestone: Milestone): Json {
  const { store, site } = g.world
  const path = `/${repository.full_name}/milestone/${milestone.number}`
  const within = sql`milestone_id = ${milestone.id}`
  const all = countIssues(store, within)
  const done = countIssues(store, sql`${within} and state = 'closed'`)
  const mayTriage = may(g, repository, 'triage')
  return {
    __typename: 'Milestone',
    id: nodeId('Milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description,
    state: milestone.state.toUpperCase(),
    closed: milestone.state === 'closed',
    closedAt: isoTimeOrNull(milestone.closed_at),
    createdAt: isoTime(milestone.created_at),
    updatedAt: isoTime(milestone.updated_at),
    dueOn: isoTimeOrNull(milestone.due_on),
    creator: () => actor(g, milestone.creator_id),
    progressPercentage: all === 0 ? 0 : (100 * done) / all,
    url: `${site.html}${path}`,
    resourcePath: path,
    repository: () => g.show.repository(g, repository),
    viewerCanClose: mayTriage,
    viewerCanReopen: mayTriage,
    ...issueLists(g, within),
  }
}
