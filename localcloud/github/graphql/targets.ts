import { accountById } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { commentById, issueById, milestoneById } from '../issues/queries.ts'
import { Label } from '../issues/schema.ts'
import type { Comment, Issue, Milestone } from '../issues/schema.ts'
import { readNodeId } from '../platform/ids.ts'
import type { Kind } from '../platform/ids.ts'
import { sql } from '../platform/sql.ts'
import { pullById } from '../pulls/queries.ts'
import type { Pull } from '../pulls/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import { readable } from './access.ts'
import { unresolvedId } from './failure.ts'
import type { Graph } from './graph.ts'

/** What a mutation works on, by global ids; whoever may not see it is told that there is no such node. */

export function repositoryAt(g: Graph, id: string): Repository {
  return must(readable(g, numberIn(id, 'Repository')), id)
}

export type Subject = { readonly repository: Repository; readonly issue: Issue; readonly pull: Pull | null }

/** An issue or a pull request. */
export function subjectAt(g: Graph, id: string): Subject {
  const { store } = g.world
  const isPull = readNodeId(id)?.kind === 'PullRequest'
  const pull = isPull ? must(pullById(store, numberIn(id, 'PullRequest')), id) : null
  const issue = must(issueById(store, pull?.issue_id ?? numberIn(id, 'Issue')), id)
  return { repository: must(readable(g, issue.repository_id), id), issue, pull }
}

/** Only a pull request. */
export function pullAt(g: Graph, id: string): Subject & { readonly pull: Pull } {
  const { pull, ...rest } = subjectAt(g, id)
  return { ...rest, pull: must(pull, id) }
}

export function commentAt(g: Graph, id: string): Subject & { readonly comment: Comment } {
  const comment = must(commentById(g.world.store, numberIn(id, 'IssueComment')), id)
  const issue = must(issueById(g.world.store, comment.issue_id), id)
  return { repository: must(readable(g, issue.repository_id), id), issue, pull: null, comment }
}

export function accountAt(g: Graph, id: string): Account {
  const key = readNodeId(id)
  const account = key && accountById(g.world.store, key.id)
  return must(account?.type === key?.kind ? account : null, id)
}

export function labelAt(g: Graph, id: string): { readonly repository: Repository; readonly label: Label } {
  const label = must(g.world.store.first(sql`select * from labels where id = ${numberIn(id, 'Label')}`, Label), id)
  return { repository: must(readable(g, label.repository_id), id), label }
}

/** A milestone of this repository. */
export function milestoneAt(g: Graph, repository: Repository, id: string): Milestone {
  const milestone = milestoneById(g.world.store, numberIn(id, 'Milestone'))
  return must(milestone?.repository_id === repository.id ? milestone : null, id)
}

export function must<Thing>(thing: Thing | null | undefined, id: string): Thing {
  if (thing === null || thing === undefined) throw unresolvedId(id)
  return thing
}

/** The number in a global id of this kind; any other id names nothing. */
export function numberIn(id: string, kind: Kind): number {
  const key = readNodeId(id)
  if (key?.kind !== kind) throw unresolvedId(id)
  return key.id
}
