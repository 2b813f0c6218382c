import type { Json } from '../../accounts/present.ts'
import { accountById } from '../../accounts/queries.ts'
import type { Issue } from '../../issues/schema.ts'
import { nodeId } from '../../platform/ids.ts'
import { isoTimeOrNull } from '../../platform/site.ts'
import { refreshed } from '../../pulls/open.ts'
import { requestedReviewersOf, reviewsOf } from '../../pulls/queries.ts'
import { mergeStateOf } from '../../pulls/requirements.ts'
import type { Pull, Review } from '../../pulls/schema.ts'
import type { Repository } from '../../repositories/schema.ts'
import { may, readable } from '../access.ts'
import type { Graph } from '../graph.ts'
import { listBy, listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { rollupNode } from './checks.ts'
import { actor, sharedFields, textFields } from './conversation.ts'

export function pullNode(g: Graph, repository: Repository, issue: Issue, pull: Pull): Json {
  const path = `/${repository.full_name}/pull/${issue.number}`
  const url = `${g.world.site.html}${path}`
  return {
    __typename: 'PullRequest',
    id: nodeId('PullRequest', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    ...sharedFields(g, repository, issue),
    state: pull.merged_at === null ? issue.state.toUpperCase() : 'MERGED',
    isDraft: pull.draft,
    permalink: url,
    checksUrl: `${url}/checks`,
    checksResourcePath: `${path}/checks`,
    revertUrl: `${url}/revert`,
    revertResourcePath: `${path}/revert`,
    additions: pull.additions,
    deletions: pull.deletions,
    changedFiles: pull.changed_files,
    ...branchFields(g, repository, pull),
    ...mergeFields(g, repository, issue, pull),
    ...reviewFields(g, repository, issue, pull),
    commits: () => commitList(g, repository, issue, pull),
    files: () => fileList(g, repository, pull),
    statusCheckRollup: () => rollupNode(g, repository, pull.head_sha),
  }
}

function branchFields(g: Graph, repository: Repository, pull: Pull): Json {
  const { store, refs } = g.world
  const head = pull.head_repository_id === null ? null : readable(g, pull.head_repository_id)
  const refNode = (where: Repository | null, name: string) => {
    const sha = where && refs.get(where.id, `refs/heads/${name}`)
    return where && sha ? g.show.ref(g, where, { name: `refs/heads/${name}`, sha }) : null
  }
  return {
    baseRefName: pull.base_ref,
    baseRefOid: pull.base_sha,
    baseRef: () => refNode(repository, pull.base_ref),
    baseRepository: () => g.show.repository(g, repository),
    headRefName: pull.head_ref,
    headRefOid: pull.head_sha,
    headRef: () => refNode(head, pull.head_ref),
    headRepository: () => head && g.show.repository(g, head),
    headRepositoryOwner: () => {
      const owner = accountById(store, pull.head_owner_id)
      return owner && g.show.account(g, owner)
    },
    isCrossRepository: pull.head_repository_id !== repository.id,
    maintainerCanModify: pull.maintainer_can_modify,
  }
}

function mergeFields(g: Graph, repository: Repository, issue: Issue, pull: Pull): Json {
  const isOpen = pull.merged_at === null
  // git is asked only when somebody asks for what it knows.
  const fresh = async () => refreshed(g.world, issue, pull)
  return {
    merged: !isOpen,
    mergedAt: isoTimeOrNull(pull.merged_at),
    mergedBy: () => actor(g, pull.merged_by),
    mergeCommit: () => (pull.merge_sha !== null && !isOpen ? g.show.gitObject(g, repository, pull.merge_sha) : null),
    mergeable: async () => mergeableWord(await fresh()),
    mergeStateStatus: async () => mergeStateOf(g.world, repository, await fresh()).toUpperCase(),
    canBeRebased: async () => isOpen && (await fresh()).mergeable === true,
    viewerCanMergeAsAdmin: may(g, repository, 'admin'),
    viewerCanUpdateBranch: isOpen && pull.is_behind && may(g, repository, 'write'),
  }
}

function mergeableWord({ merged_at, mergeable }: Pull): string {
  if (merged_at !== null || mergeable === null) return 'UNKNOWN'
  return mergeable ? 'MERGEABLE' : 'CONFLICTING'
}

function reviewFields(g: Graph, repository: Repository, issue: Issue, pull: Pull): Json {
  const { store } = g.world
  const shown = (reviews: readonly Review[]): List =>
    listOf(reviews, (review) => g.show.review(g, repository, issue, review))
  const submitted = () => reviewsOf(store, pull.id).filter(({ state }) => state !== 'PENDING')
  return {
    reviews: ({ states, author }: { states?: readonly string[] | null; author?: string | null }) =>
      shown(
        reviewsOf(store, pull.id).filter(
          (review) =>
            (!states || states.includes(review.state)) &&
            (!author || accountById(store, review.author_id)?.login === author),
        ),
      ),
    latestReviews: () => shown(latest(submitted())),
    latestOpinionatedReviews: () => shown(latest(submitted().filter(({ state }) => opinions.has(state)))),
    reviewDecision: decisionOf(submitted()),
    reviewRequests: () =>
      listOf(requestedReviewersOf(store, pull.id), (user) => ({
        id: nodeId('User', user.id),
        asCodeOwner: false,
        requestedReviewer: g.show.account(g, user),
        pullRequest: g.show.pull(g, repository, issue, pull),
      })),
  }
}

const opinions = new Set<string>(['APPROVED', 'CHANGES_REQUESTED'])

/** The last review of each author, in order. */
export function latest(reviews: readonly Review[]): Review[] {
  return [...new Map(reviews.map((review) => [review.author_id, review])).values()]
}

function decisionOf(reviews: readonly Review[]): string | null {
  const states = latest(reviews.filter(({ state }) => opinions.has(state) || state === 'DISMISSED')).map(
    ({ state }) => state,
  )
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED'
  return states.includes('APPROVED') ? 'APPROVED' : null
}

export function reviewNode(g: Graph, repository: Repository, issue: Issue, review: Review): Json {
  const path = `/${repository.full_name}/pull/${issue.number}#pullrequestreview-${review.id}`
  const written = { ...review, created_at: review.submitted_at ?? review.updated_at }
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PullRequestReview', review.id),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    ...textFields(g, repository, written, review.body),
    state: review.state,
    submittedAt: isoTimeOrNull(review.submitted_at),
    commit: () => g.show.gitObject(g, repository, review.commit_id),
    url: `${g.world.site.html}${path}`,
    resourcePath: path,
    repository: () => g.show.repository(g, repository),
    pullRequest: () => g.show.issue(g, repository, issue),
    authorCanPushToRepository: may(g, repository, 'write'),
  }
}

async function commitList(g: Graph, repository: Repository, issue: Issue, pull: Pull): Promise<List> {
  const range = `${pull.base_sha}..${pull.head_sha}`
  const shas = await g.world.git
    .at(repository.id)
    .lines(['rev-list', '--reverse', '--topo-order', '--max-count=250', range, '--'])
  const path = `/${repository.full_name}/pull/${issue.number}/commits`
  return listBy(
    (sha) => sha,
    shas,
    (sha) => ({
      __typename: 'PullRequestCommit',
      id: nodeId('PullRequest', pull.id),
      commit: () => g.show.gitObject(g, repository, sha),
      pullRequest: () => g.show.pull(g, repository, issue, pull),
      url: `${g.world.site.html}${path}/${sha}`,
      resourcePath: `${path}/${sha}`,
    }),
  )
}

const changes: Record<string, string> = { A: 'ADDED', D: 'DELETED', M: 'MODIFIED', T: 'CHANGED' }

async function fileList(g: Graph, repository: Repository, pull: Pull): Promise<List> {
  const git = g.world.git.at(repository.id)
  const range = `${pull.base_sha}...${pull.head_sha}`
  const [counts, kinds] = await Promise.all([
    git.text(['diff', '--numstat', '--no-renames', '-z', range, '--']),
    git.text(['diff', '--name-status', '--no-renames', '-z', range, '--']),
  ])
  const words = kinds.split('\0')
  const statuses = new Map(words.flatMap((word, at) => (at % 2 === 0 ? [[words[at + 1], word] as const] : [])))
  const files = counts.split('\0').flatMap((line) => {
    const [, added = '', removed = '', path = ''] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(line) ?? []
    return path === '' ? [] : [{ path, additions: Number(added) || 0, deletions: Number(removed) || 0 }]
  })
  return listBy(
    ({ path }) => path,
    files,
    (file) => ({
      ...file,
      changeType: changes[statuses.get(file.path) ?? 'M'] ?? 'MODIFIED',
      viewerViewedState: 'UNVIEWED',
    }),
  )
}
