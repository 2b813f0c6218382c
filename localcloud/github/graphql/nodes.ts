import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { protectionById } from '../branches/queries.ts'
import { runById, suiteById } from '../checks/queries.ts'
import { commentById, issueById, milestoneById } from '../issues/queries.ts'
import { Label } from '../issues/schema.ts'
import type { Issue } from '../issues/schema.ts'
import { readNodeId } from '../platform/ids.ts'
import type { Kind, NodeKey } from '../platform/ids.ts'
import { sql } from '../platform/sql.ts'
import { projectFinders } from '../projects/parts.ts'
import { pullById, reviewById } from '../pulls/queries.ts'
import { releaseById } from '../releases/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import { statusById } from '../statuses/queries.ts'
import { readable } from './access.ts'
import { unresolvedId } from './failure.ts'
import type { Graph } from './graph.ts'
import { contextNode, runNode, suiteNode } from './nodes/checks.ts'
import { isSeen, releaseNode } from './nodes/release.ts'

type Find = (g: Graph, key: NodeKey) => Json | null | Promise<Json | null>

/** What a global id names, if the caller may see it. */
export async function nodeCalled(g: Graph, id: string): Promise<Json> {
  const key = readNodeId(id)
  const node = key && (projectFinders[key.kind]?.(g, key.id) ?? (await finders[key.kind]?.(g, key)))
  if (!node) throw unresolvedId(id)
  return node
}

const finders: Partial<Record<Kind, Find>> = {
  User: findAccount,
  Organization: findAccount,
  Bot: findAccount,
  Repository: (g, { id }) => {
    const repository = readable(g, id)
    return repository && g.show.repository(g, repository)
  },
  Issue: (g, { id }) => inRepository(g, issueById(g.world.store, id), (at, issue) => g.show.issue(g, at, issue)),
  PullRequest: (g, { id }) => {
    const pull = pullById(g.world.store, id)
    const issue = pull && issueById(g.world.store, pull.issue_id)
    return inRepository(g, issue, (at, found) => g.show.issue(g, at, found))
  },
  PullRequestReview: (g, { id }) => {
    const review = reviewById(g.world.store, id)
    const pull = review && pullById(g.world.store, review.pull_id)
    const issue = pull && issueById(g.world.store, pull.issue_id)
    return review && inRepository(g, issue, (at, found: Issue) => g.show.review(g, at, found, review))
  },
  IssueComment: (g, { id }) => {
    const comment = commentById(g.world.store, id)
    const issue = comment && issueById(g.world.store, comment.issue_id)
    return comment && inRepository(g, issue, (at, found: Issue) => g.show.comment(g, at, found, comment))
  },
  Label: (g, { id }) => {
    const label = g.world.store.first(sql`select * from labels where id = ${id}`, Label)
    return inRepository(g, label, (at, found) => g.show.label(g, at, found))
  },
  Milestone: (g, { id }) =>
    inRepository(g, milestoneById(g.world.store, id), (at, found) => g.show.milestone(g, at, found)),
  Ref: (g, { id, name }) => {
    const repository = readable(g, id)
    const sha = repository && name !== null ? g.world.refs.get(id, name) : null
    return repository && name !== null && sha !== null ? g.show.ref(g, repository, { name, sha }) : null
  },
  BranchProtectionRule: (g, { id }) =>
    inRepository(g, protectionById(g.world.store, id), (at, found) => g.show.protection(g, at, found)),
  CheckRun: (g, { id }) => {
    const run = runById(g.world.store, id)
    const suite = run && suiteById(g.world.store, run.suite_id)
    return run && inRepository(g, suite, (at) => runNode(g, at, run))
  },
  CheckSuite: (g, { id }) => inRepository(g, suiteById(g.world.store, id), (at, suite) => suiteNode(g, at, suite)),
  StatusContext: (g, { id }) =>
    inRepository(g, statusById(g.world.store, id), (at, status) => contextNode(g, at, status)),
  Release: (g, { id }) =>
    inRepository(g, releaseById(g.world.store, id), (at, found) =>
      isSeen(g, at, found) ? releaseNode(g, at, found) : null,
    ),
  Commit: findObject,
  Tree: findObject,
  Blob: findObject,
  Tag: findObject,
}

function findAccount(g: Graph, { kind, id }: NodeKey): Json | null {
  const account = accountById(g.world.store, id)
  return account?.type === kind ? g.show.account(g, account) : null
}

async function findObject(g: Graph, { id, name }: NodeKey): Promise<Json | null> {
  const repository = readable(g, id)
  return repository && name !== null ? g.show.gitObject(g, repository, name) : null
}

function inRepository<Thing extends { readonly repository_id: number }>(
  g: Graph,
  thing: Thing | null,
  show: (repository: Repository, thing: Thing) => Json | null,
): Json | null {
  const repository = thing && readable(g, thing.repository_id)
  return repository && show(repository, thing)
}
