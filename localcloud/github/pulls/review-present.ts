import { userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { associationOf, reactionsJson } from '../issues/present.ts'
import type { Issue } from '../issues/schema.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Review, ReviewComment } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function reviewJson({ store, site }: Shown, repository: Repository, issue: Issue, review: Review): Json {
  const pull_request_url = `${repositoryUrl(site, repository)}/pulls/${issue.number}`
  const html_url = `${site.html}/${repository.full_name}/pull/${issue.number}#pullrequestreview-${review.id}`
  const submitted_at = isoTimeOrNull(review.submitted_at)
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userJsonOrNull(site, accountById(store, review.author_id)),
    body: review.body,
    state: review.state,
    html_url,
    pull_request_url,
    author_association: associationOf(store, repository, review.author_id),
    _links: { html: { href: html_url }, pull_request: { href: pull_request_url } },
    ...(submitted_at === null ? {} : { submitted_at }),
    updated_at: isoTime(review.updated_at),
    commit_id: review.commit_id,
  }
}

export function reviewCommentJson(shown: Shown, repository: Repository, issue: Issue, comment: ReviewComment): Json {
  const { store, site } = shown
  const root = repositoryUrl(site, repository)
  const url = `${root}/pulls/comments/${comment.id}`
  const pull_request_url = `${root}/pulls/${issue.number}`
  const html_url = `${site.html}/${repository.full_name}/pull/${issue.number}#discussion_r${comment.id}`
  return {
    url,
    pull_request_review_id: comment.review_id,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: comment.diff_hunk,
    path: comment.path,
    commit_id: comment.commit_id,
    original_commit_id: comment.commit_id,
    user: userJsonOrNull(site, accountById(store, comment.author_id)),
    body: comment.body,
    created_at: isoTime(comment.created_at),
    updated_at: isoTime(comment.updated_at),
    html_url,
    pull_request_url,
    author_association: associationOf(store, repository, comment.author_id),
    _links: { self: { href: url }, html: { href: html_url }, pull_request: { href: pull_request_url } },
    reactions: reactionsJson(url),
    start_line: comment.start_line,
    original_start_line: comment.start_line,
    start_side: comment.start_side,
    line: comment.line ?? 1,
    original_line: comment.line ?? 1,
    side: comment.side,
    subject_type: comment.subject_type,
    // A position counts lines of the diff, which nobody should use any more.
    position: comment.line ?? 1,
    original_position: comment.line ?? 1,
    ...(comment.reply_to === null ? {} : { in_reply_to_id: comment.reply_to }),
  }
}
