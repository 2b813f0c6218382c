import { userJson, userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById, membershipOf } from '../accounts/queries.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { pullOfIssue } from '../pulls/queries.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { assigneesOf, countComments, countIssues, labelsOf, milestoneById } from './queries.ts'
import type { Comment, Issue, Label, Milestone } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function labelJson({ site }: Shown, repository: Repository, label: Label): Json {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${repositoryUrl(site, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: label.is_default,
    description: label.description,
  }
}

export function milestoneJson({ store, site }: Shown, repository: Repository, milestone: Milestone): Json {
  const url = `${repositoryUrl(site, repository)}/milestones/${milestone.number}`
  const within = sql`milestone_id = ${milestone.id}`
  return {
    url,
    html_url: `${site.html}/${repository.full_name}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: nodeId('Milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description,
    creator: userJsonOrNull(site, accountById(store, milestone.creator_id)),
    open_issues: countIssues(store, sql`${within} and state = 'open'`),
    closed_issues: countIssues(store, sql`${within} and state = 'closed'`),
    state: milestone.state,
    created_at: isoTime(milestone.created_at),
    updated_at: isoTime(milestone.updated_at),
    due_on: isoTimeOrNull(milestone.due_on),
    closed_at: isoTimeOrNull(milestone.closed_at),
  }
}

/** What an issue and its pull request say alike. */
export function sharedJson(shown: Shown, repository: Repository, issue: Issue): Json {
  const { store, site } = shown
  const assignees = assigneesOf(store, issue.id).map((user) => userJson(site, user))
  const milestone = milestoneById(store, issue.milestone_id)
  return {
    number: issue.number,
    title: issue.title,
    user: userJsonOrNull(site, accountById(store, issue.author_id)),
    labels: labelsOf(store, issue.id).map((label) => labelJson(shown, repository, label)),
    state: issue.state,
    locked: issue.locked,
    active_lock_reason: issue.lock_reason,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: milestone && milestoneJson(shown, repository, milestone),
    created_at: isoTime(issue.created_at),
    updated_at: isoTime(issue.updated_at),
    closed_at: isoTimeOrNull(issue.closed_at),
    author_association: associationOf(store, repository, issue.author_id),
    body: issue.body,
  }
}

/** An issue, or a pull request in its issue form. */
export function issueJson(shown: Shown, repository: Repository, issue: Issue): Json {
  const { store, site } = shown
  const repository_url = repositoryUrl(site, repository)
  const url = `${repository_url}/issues/${issue.number}`
  const pull = issue.is_pull ? pullOfIssue(store, issue.id) : null
  return {
    url,
    repository_url,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issueHtmlUrl(shown, repository, issue),
    id: issue.id,
    node_id: pull ? nodeId('PullRequest', pull.id) : nodeId('Issue', issue.id),
    ...sharedJson(shown, repository, issue),
    comments: countComments(store, issue.id),
    ...(pull ? { draft: pull.draft, pull_request: pullLinks(shown, repository, issue, pull.merged_at) } : {}),
    closed_by: issue.closed_by === null ? null : userJsonOrNull(site, accountById(store, issue.closed_by)),
    reactions: reactionsJson(url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.state_reason,
  }
}

export function issueHtmlUrl({ site }: Shown, repository: Repository, issue: Issue): string {
  return `${site.html}/${repository.full_name}/${issue.is_pull ? 'pull' : 'issues'}/${issue.number}`
}

export function commentJson(shown: Shown, repository: Repository, issue: Issue, comment: Comment): Json {
  const { store, site } = shown
  const url = `${repositoryUrl(site, repository)}/issues/comments/${comment.id}`
  return {
    url,
    html_url: `${issueHtmlUrl(shown, repository, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(site, repository)}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: userJsonOrNull(site, accountById(store, comment.author_id)),
    created_at: isoTime(comment.created_at),
    updated_at: isoTime(comment.updated_at),
    author_association: associationOf(store, repository, comment.author_id),
    body: comment.body,
    reactions: reactionsJson(url),
    performed_via_github_app: null,
  }
}

/** What somebody is to a repository, as a conversation shows it. */
export function associationOf(store: Store, repository: Repository, user: number): string {
  if (user === repository.owner_id) return 'OWNER'
  if (membershipOf(store, repository.owner_id, user)?.state === 'active') return 'MEMBER'
  const key = sql`repository_id = ${repository.id} and user_id = ${user}`
  return store.count(sql`select count(*) as count from collaborators where ${key}`) > 0 ? 'COLLABORATOR' : 'NONE'
}

export function reactionsJson(url: string): Json {
  const none = { '+1': 0, '-1': 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 }
  return { url: `${url}/reactions`, total_count: 0, ...none }
}

function pullLinks({ site }: Shown, repository: Repository, { number }: Issue, merged: number | null): Json {
  const html = `${site.html}/${repository.full_name}/pull/${number}`
  return {
    url: `${repositoryUrl(site, repository)}/pulls/${number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: isoTimeOrNull(merged),
  }
}
