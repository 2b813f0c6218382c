import { z } from 'zod'
import type { Account } from '../accounts/schema.ts'
import { numberParam, routesOf } from '../front/routes.ts'
import type { Issue } from '../issues/schema.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, forbidden, found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { addReviewComment, anchorIn } from './anchors.ts'
import { openPull } from './open.ts'
import { pullSummaryJson } from './present.ts'
import { reviewById, reviewCommentsOf, reviewsOf } from './queries.ts'
import { reviewCommentJson, reviewJson } from './review-present.ts'
import type { Pull, Review } from './schema.ts'

const Verdict = z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT'])
const Draft = z.object({
  path: z.string(),
  body: z.string(),
  position: z.number().optional(),
  line: z.number().optional(),
  side: z.enum(['LEFT', 'RIGHT']).optional(),
  start_line: z.number().optional(),
  start_side: z.enum(['LEFT', 'RIGHT']).optional(),
})
const NewReview = z.object({
  commit_id: z.string().optional(),
  body: z.string().optional(),
  event: Verdict.optional(),
  comments: z.array(Draft).default([]),
})
const Submission = z.object({ body: z.string().optional(), event: Verdict })
const Message = z.object({ message: z.string() })

const stateAfter = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const

const root = '/repos/:owner/:repo/pulls/:number/reviews'

export const reviewRoutes = routesOf({
  [`GET ${root}`]: list,
  [`POST ${root}`]: create,
  [`GET ${root}/:review`]: show,
  [`PUT ${root}/:review`]: reword,
  [`DELETE ${root}/:review`]: discard,
  [`POST ${root}/:review/events`]: submit,
  [`PUT ${root}/:review/dismissals`]: dismiss,
  [`GET ${root}/:review/comments`]: listComments,
})

function list(world: World, c: Call): Response {
  const { repository, issue, pull } = open(world, c)
  // Somebody's unfinished review is seen by nobody else.
  const own = c.get('caller')?.user.id
  const seen = reviewsOf(world.store, pull.id).filter(
    ({ state, author_id }) => state !== 'PENDING' || author_id === own,
  )
  return paged(c, seen, (review) => reviewJson(world, repository, issue, review))
}

async function create(world: World, c: Call): Promise<Response> {
  const { store, git, now } = world
  const { user } = callerOf(c)
  const { repository, issue, pull } = open(world, c)
  const { commit_id = pull.head_sha, body = '', event, comments } = await readBody(c, NewReview)
  refuseVerdict(issue, user, body, event, comments.length)
  const anchors = await Promise.all(
    comments.map((comment) => anchorIn(git.at(repository.id), pull, { ...comment, commit_id })),
  )
  const review = store.transact(() => {
    const at = now()
    const state = event === undefined ? 'PENDING' : stateAfter[event]
    const id = store.insert('reviews', {
      pull_id: pull.id,
      author_id: user.id,
      body,
      state,
      commit_id,
      submitted_at: event ? at : null,
      updated_at: at,
    })
    for (const anchor of anchors) addReviewComment(world, pull, user, anchor, id)
    const made = found(reviewById(store, id))
    if (event) announce(world, repository, issue, pull, made, user)
    return made
  })
  return c.json(reviewJson(world, repository, issue, review))
}

function refuseVerdict(
  issue: Issue,
  user: Account,
  body: string,
  event: z.infer<typeof Verdict> | undefined,
  comments: number,
): void {
  if (issue.author_id === user.id && event === 'APPROVE') throw refuse('Can not approve your own pull request')
  if (issue.author_id === user.id && event === 'REQUEST_CHANGES')
    throw refuse('Can not request changes on your own pull request')
  const needsText = event === 'REQUEST_CHANGES' || (event === 'COMMENT' && comments === 0)
  if (needsText && body.trim() === '') throw refuse('Body can not be blank')
}

function refuse(message: string): Problem {
  return new Problem(422, 'Unprocessable Entity', { errors: [message] })
}

/** A review that is out: it answers a request, and its comments are heard of one by one. */
function announce(world: World, repository: Repository, issue: Issue, pull: Pull, review: Review, user: Account): void {
  const { store, events } = world
  store.run(sql`delete from requested_reviewers where pull_id = ${pull.id} and user_id = ${user.id}`)
  raise(world, repository, issue, pull, review, user, 'submitted')
  for (const comment of reviewCommentsOf(store, pull.id).filter(({ review_id }) => review_id === review.id)) {
    const body = {
      comment: reviewCommentJson(world, repository, issue, comment),
      pull_request: pullSummaryJson(world, repository, issue, pull),
    }
    events.raise({ name: 'pull_request_review_comment', action: 'created', repository, sender: user, body })
  }
}

function raise(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull,
  review: Review,
  sender: Account,
  action: string,
): void {
  const shown = reviewJson(world, repository, issue, review)
  const body = {
    // In webhooks, and nowhere else, the state is written small.
    review: { ...shown, state: review.state.toLowerCase() },
    pull_request: pullSummaryJson(world, repository, issue, pull),
  }
  world.events.raise({ name: 'pull_request_review', action, repository, sender, body })
}

function show(world: World, c: Call): Response {
  const { repository, issue, review } = openReview(world, c)
  return c.json(reviewJson(world, repository, issue, review))
}

async function reword(world: World, c: Call): Promise<Response> {
  const { repository, issue, review } = openReview(world, c)
  if (review.author_id !== callerOf(c).user.id) throw forbidden('Must be the author of the review.')
  const { body } = await readBody(c, z.object({ body: z.string() }))
  world.store.update('reviews', review.id, { body, updated_at: world.now() })
  return c.json(reviewJson(world, repository, issue, { ...review, body }))
}

function discard(world: World, c: Call): Response {
  const { repository, issue, review } = openReview(world, c)
  if (review.state !== 'PENDING') throw unprocessable('Can not delete a non-pending pull request review')
  world.store.run(sql`delete from reviews where id = ${review.id}`)
  return c.json(reviewJson(world, repository, issue, review))
}

async function submit(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const { user } = callerOf(c)
  const { repository, issue, pull, review } = openReview(world, c)
  const { event, body = review.body } = await readBody(c, Submission)
  if (review.state !== 'PENDING') throw unprocessable('Can not submit a review that is not pending')
  refuseVerdict(
    issue,
    user,
    body,
    event,
    reviewCommentsOf(store, pull.id).filter(({ review_id }) => review_id === review.id).length,
  )
  const submitted = store.transact(() => {
    const at = now()
    store.update('reviews', review.id, { body, state: stateAfter[event], submitted_at: at, updated_at: at })
    const after = found(reviewById(store, review.id))
    announce(world, repository, issue, pull, after, user)
    return after
  })
  return c.json(reviewJson(world, repository, issue, submitted))
}

async function dismiss(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  openRepository(world, c, 'write')
  const { repository, issue, pull, review } = openReview(world, c)
  await readBody(c, Message)
  const isVerdict = review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED'
  if (!isVerdict) throw unprocessable('Can not dismiss a commented pull request review')
  const dismissed = store.transact(() => {
    store.update('reviews', review.id, { state: 'DISMISSED', updated_at: now() })
    const after = found(reviewById(store, review.id))
    raise(world, repository, issue, pull, after, callerOf(c).user, 'dismissed')
    return after
  })
  return c.json(reviewJson(world, repository, issue, dismissed))
}

function listComments(world: World, c: Call): Response {
  const { repository, issue, pull, review } = openReview(world, c)
  const comments = reviewCommentsOf(world.store, pull.id).filter(({ review_id }) => review_id === review.id)
  return paged(c, comments, (comment) => reviewCommentJson(world, repository, issue, comment))
}

function open(world: World, c: Call) {
  const repository = openRepository(world, c, 'read')
  return { repository, ...openPull(world, c, repository) }
}

function openReview(world: World, c: Call) {
  const opened = open(world, c)
  const review = found(reviewsOf(world.store, opened.pull.id).find(({ id }) => id === numberParam(c, 'review')))
  return { ...opened, review }
}
