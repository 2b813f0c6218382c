import type { Json } from '../../accounts/present.ts'
import { commentById, issueNumbered } from '../../issues/queries.ts'
import type { Repository } from '../../repositories/schema.ts'
import { demand } from '../access.ts'
import type { Graph } from '../graph.ts'
import { nodeCalled } from '../nodes.ts'
import { accountAt, commentAt, labelAt, repositoryAt, subjectAt } from '../targets.ts'
import type { Subject } from '../targets.ts'

type Input<Body> = { readonly input: Body }

/** What REST does too, said in GraphQL: labels, comments, locks, stars, repositories. */
export const twinMutations: Json = {
  createLabel: async (
    { input }: Input<{ repositoryId: string; name: string; color: string; description?: string }>,
    g: Graph,
  ) => {
    const repository = repositoryAt(g, input.repositoryId)
    const { name, color, description } = input
    return { label: await made(g, g.rest('POST', `${pathOf(repository)}/labels`, { name, color, description })) }
  },
  updateLabel: async (
    { input }: Input<{ id: string; name?: string; color?: string; description?: string }>,
    g: Graph,
  ) => {
    const { repository, label } = labelAt(g, input.id)
    const { name, color, description } = input
    const path = `${pathOf(repository)}/labels/${encodeURIComponent(label.name)}`
    return { label: await made(g, g.rest('PATCH', path, { new_name: name, color, description })) }
  },
  deleteLabel: async ({ input }: Input<{ id: string }>, g: Graph) => {
    const { repository, label } = labelAt(g, input.id)
    return done(g.rest('DELETE', `${pathOf(repository)}/labels/${encodeURIComponent(label.name)}`))
  },
  updateIssueComment: async ({ input }: Input<{ id: string; body: string }>, g: Graph) => {
    const { repository, issue, comment } = commentAt(g, input.id)
    await g.rest('PATCH', `${pathOf(repository)}/issues/comments/${comment.id}`, { body: input.body })
    const after = commentById(g.world.store, comment.id) ?? comment
    return { issueComment: g.show.comment(g, repository, issue, after) }
  },
  deleteIssueComment: async ({ input }: Input<{ id: string }>, g: Graph) => {
    const { repository, comment } = commentAt(g, input.id)
    return done(g.rest('DELETE', `${pathOf(repository)}/issues/comments/${comment.id}`))
  },
  lockLockable: ({ input }: Input<{ lockableId: string; lockReason?: string | null }>, g: Graph) => {
    const reason = input.lockReason?.toLowerCase()
    const body =
      reason === undefined ? {} : { lock_reason: reason === 'too_heated' ? 'too heated' : reason.replace('_', '-') }
    return lock(g, subjectAt(g, input.lockableId), 'PUT', body, 'lockedRecord')
  },
  unlockLockable: ({ input }: Input<{ lockableId: string }>, g: Graph) =>
    lock(g, subjectAt(g, input.lockableId), 'DELETE', undefined, 'unlockedRecord'),
  addStar: ({ input }: Input<{ starrableId: string }>, g: Graph) => star(g, input.starrableId, 'PUT'),
  removeStar: ({ input }: Input<{ starrableId: string }>, g: Graph) => star(g, input.starrableId, 'DELETE'),
  createRepository,
  updateRepository,
  archiveRepository: ({ input }: Input<{ repositoryId: string }>, g: Graph) =>
    changeRepository(g, 'archiveRepository', input.repositoryId, { archived: true }),
  unarchiveRepository: ({ input }: Input<{ repositoryId: string }>, g: Graph) =>
    changeRepository(g, 'unarchiveRepository', input.repositoryId, { archived: false }),
  updateTopics: async ({ input }: Input<{ repositoryId: string; topicNames: readonly string[] }>, g: Graph) => {
    const repository = repositoryAt(g, input.repositoryId)
    await g.rest('PUT', `${pathOf(repository)}/topics`, { names: input.topicNames })
    return { repository: g.show.repository(g, repositoryAt(g, input.repositoryId)), invalidTopicNames: [] }
  },
}

export function pathOf({ full_name }: Repository): string {
  return `/repos/${full_name}`
}

/** Waits for a call that answers nothing worth telling. */
export async function done(call: Promise<unknown>): Promise<Json> {
  await call
  return {}
}

/** What a call has made, as the node of the id that it tells. */
export async function made(g: Graph, call: Promise<unknown>): Promise<Json> {
  const answer = await call
  const isNode = typeof answer === 'object' && answer !== null && 'node_id' in answer
  return nodeCalled(g, isNode ? String(answer.node_id) : '')
}

async function lock(
  g: Graph,
  { repository, issue }: Subject,
  method: string,
  body: unknown,
  result: string,
): Promise<Json> {
  await g.rest(method, `${pathOf(repository)}/issues/${issue.number}/lock`, body)
  const after = issueNumbered(g.world.store, repository.id, issue.number) ?? issue
  return { actor: g.show.account(g, g.caller.user), [result]: g.show.issue(g, repository, after) }
}

async function star(g: Graph, id: string, method: string): Promise<Json> {
  const repository = repositoryAt(g, id)
  await g.rest(method, `/user/starred/${repository.full_name}`)
  return { starrable: g.show.repository(g, repository) }
}

type RepositoryInput = {
  readonly name?: string | null
  readonly description?: string | null
  readonly homepageUrl?: string | null
  readonly visibility?: string | null
  readonly template?: boolean | null
  readonly hasIssuesEnabled?: boolean | null
  readonly hasProjectsEnabled?: boolean | null
  readonly hasWikiEnabled?: boolean | null
  readonly hasDiscussionsEnabled?: boolean | null
}

async function createRepository(
  { input }: Input<RepositoryInput & { ownerId?: string | null }>,
  g: Graph,
): Promise<Json> {
  const owner = typeof input.ownerId === 'string' ? accountAt(g, input.ownerId) : g.caller.user
  const path = owner.id === g.caller.user.id ? '/user/repos' : `/orgs/${owner.login}/repos`
  return { repository: await made(g, g.rest('POST', path, wishFor(input))) }
}

async function updateRepository({ input }: Input<RepositoryInput & { repositoryId: string }>, g: Graph): Promise<Json> {
  return changeRepository(g, 'updateRepository', input.repositoryId, wishFor(input))
}

async function changeRepository(g: Graph, mutation: string, id: string, changes: Json): Promise<Json> {
  const repository = repositoryAt(g, id)
  demand(g, { ...repository, archived: false }, 'admin', mutation)
  return { repository: await made(g, g.rest('PATCH', pathOf(repository), changes)) }
}

function wishFor(input: RepositoryInput): Json {
  return {
    name: input.name ?? undefined,
    description: input.description ?? undefined,
    homepage: input.homepageUrl ?? undefined,
    visibility: input.visibility?.toLowerCase(),
    is_template: input.template ?? undefined,
    has_issues: input.hasIssuesEnabled ?? undefined,
    has_projects: input.hasProjectsEnabled ?? undefined,
    has_wiki: input.hasWikiEnabled ?? undefined,
    has_discussions: input.hasDiscussionsEnabled ?? undefined,
  }
}
