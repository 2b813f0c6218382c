import type { Json } from '../../accounts/present.ts'
import { nodeId, readNodeId } from '../../platform/ids.ts'
import { setDraft } from '../../pulls/drafts.ts'
import { reviewById } from '../../pulls/queries.ts'
import { demand } from '../access.ts'
import type { Graph } from '../graph.ts'
import { accountAt, must, pullAt, repositoryAt } from '../targets.ts'
import { turn, update } from './issues.ts'
import type { Changes } from './issues.ts'
import { made, pathOf } from './twins.ts'

type Input<Body> = { readonly input: Body }
type OnPull = { readonly pullRequestId: string }

/** What is done to pull requests. */
export const pullMutations: Json = {
  createPullRequest,
  updatePullRequest,
  closePullRequest: ({ input }: Input<OnPull>, g: Graph) => ({
    pullRequest: turn(g, 'closePullRequest', pullAt(g, input.pullRequestId), { state: 'closed' }),
  }),
  reopenPullRequest: async ({ input }: Input<OnPull>, g: Graph) => change(g, input.pullRequestId, { state: 'open' }),
  markPullRequestReadyForReview: ({ input }: Input<OnPull>, g: Graph) => draft(g, input.pullRequestId, false),
  convertPullRequestToDraft: ({ input }: Input<OnPull>, g: Graph) => draft(g, input.pullRequestId, true),
  mergePullRequest,
  requestReviews,
  addPullRequestReview,
  submitPullRequestReview,
  dismissPullRequestReview: async ({ input }: Input<{ pullRequestReviewId: string; message: string }>, g: Graph) => {
    const { path } = reviewPath(g, input.pullRequestReviewId)
    return { pullRequestReview: await made(g, g.rest('PUT', `${path}/dismissals`, { message: input.message })) }
  },
}

type NewPull = {
  readonly repositoryId: string
  readonly baseRefName: string
  readonly headRefName: string
  readonly title: string
  readonly body?: string | null
  readonly draft?: boolean | null
  readonly maintainerCanModify?: boolean | null
}

async function createPullRequest({ input }: Input<NewPull>, g: Graph): Promise<Json> {
  const repository = repositoryAt(g, input.repositoryId)
  const pullRequest = await made(
    g,
    g.rest('POST', `${pathOf(repository)}/pulls`, {
      base: input.baseRefName,
      head: input.headRefName,
      title: input.title,
      body: input.body,
      draft: input.draft ?? undefined,
      maintainer_can_modify: input.maintainerCanModify ?? undefined,
    }),
  )
  return { pullRequest }
}

type PullChanges = Changes &
  OnPull & { readonly baseRefName?: string | null; readonly maintainerCanModify?: boolean | null }

async function updatePullRequest({ input }: Input<PullChanges>, g: Graph): Promise<Json> {
  const { pullRequestId, baseRefName, maintainerCanModify, ...rest } = input
  const more = { base: baseRefName ?? undefined, maintainer_can_modify: maintainerCanModify ?? undefined }
  if (Object.values(more).some((value) => value !== undefined)) await change(g, pullRequestId, more)
  const pullRequest = update(g, 'updatePullRequest', pullAt(g, pullRequestId), rest)
  return { pullRequest, actor: g.show.account(g, g.caller.user) }
}

async function change(g: Graph, id: string, changes: Json): Promise<Json> {
  const { repository, issue } = pullAt(g, id)
  return { pullRequest: await made(g, g.rest('PATCH', `${pathOf(repository)}/pulls/${issue.number}`, changes)) }
}

function draft(g: Graph, id: string, isDraft: boolean): Json {
  const { repository, issue, pull } = pullAt(g, id)
  const mutation = isDraft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview'
  demand(g, repository, issue.author_id === g.caller.user.id ? 'read' : 'write', mutation)
  setDraft(g.world, repository, issue, pull, g.caller.user, isDraft)
  return { pullRequest: () => g.show.issue(g, repository, issue) }
}

type Merge = OnPull & {
  readonly mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE' | null
  readonly commitHeadline?: string | null
  readonly commitBody?: string | null
  readonly expectedHeadOid?: string | null
}

async function mergePullRequest({ input }: Input<Merge>, g: Graph): Promise<Json> {
  const { repository, issue } = pullAt(g, input.pullRequestId)
  await g.rest('PUT', `${pathOf(repository)}/pulls/${issue.number}/merge`, {
    merge_method: input.mergeMethod?.toLowerCase(),
    commit_title: input.commitHeadline ?? undefined,
    commit_message: input.commitBody ?? undefined,
    sha: input.expectedHeadOid ?? undefined,
  })
  const after = pullAt(g, input.pullRequestId)
  return {
    pullRequest: g.show.issue(g, after.repository, after.issue),
    actor: g.show.account(g, g.caller.user),
  }
}

async function requestReviews(
  { input }: Input<OnPull & { userIds?: readonly string[] | null }>,
  g: Graph,
): Promise<Json> {
  const { repository, issue } = pullAt(g, input.pullRequestId)
  const reviewers = (input.userIds ?? []).map((id) => accountAt(g, id).login)
  const path = `${pathOf(repository)}/pulls/${issue.number}/requested_reviewers`
  const pullRequest = await made(g, g.rest('POST', path, { reviewers }))
  return { pullRequest, actor: g.show.account(g, g.caller.user) }
}

type Event = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT' | 'DISMISS'
type NewReview = OnPull & {
  readonly body?: string | null
  readonly event?: Event | null
  readonly commitOID?: string | null
}

async function addPullRequestReview({ input }: Input<NewReview>, g: Graph): Promise<Json> {
  const { repository, issue } = pullAt(g, input.pullRequestId)
  const { body, event, commitOID } = input
  const wish = { body: body ?? undefined, event: event ?? undefined, commit_id: commitOID ?? undefined }
  const review = await made(g, g.rest('POST', `${pathOf(repository)}/pulls/${issue.number}/reviews`, wish))
  return { pullRequestReview: review }
}

async function submitPullRequestReview(
  { input }: Input<{ pullRequestReviewId?: string | null; event: Event; body?: string | null }>,
  g: Graph,
): Promise<Json> {
  const { path } = reviewPath(g, input.pullRequestReviewId ?? '')
  const wish = { event: input.event, body: input.body ?? undefined }
  return { pullRequestReview: await made(g, g.rest('POST', `${path}/events`, wish)) }
}

function reviewPath(g: Graph, id: string): { readonly path: string } {
  const key = readNodeId(id)
  const review = must(key?.kind === 'PullRequestReview' ? reviewById(g.world.store, key.id) : null, id)
  const { repository, issue } = pullAt(g, nodeId('PullRequest', review.pull_id))
  return { path: `${pathOf(repository)}/pulls/${issue.number}/reviews/${review.id}` }
}
