import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import { issueById } from '../issues/queries.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { forbidden, found, notFound, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { addReviewComment, anchorIn } from './anchors.ts'
import { openPull } from './open.ts'
import { pullSummaryJson } from './present.ts'
import { pullById, reviewCommentById, reviewCommentsOf } from './queries.ts'
import { reviewCommentJson } from './review-present.ts'
import { ReviewComment } from './schema.ts'
import type { Pull } from './schema.ts'

const NewComment = z.object({
  body: z.string(),
  commit_id: z.string().optional(),
  path: z.string().optional(),
  position: z.number().optional(),
  line: z.number().optional(),
  side: z.enum(['LEFT', 'RIGHT']).optional(),
  start_line: z.number().optional(),
  start_side: z.enum(['LEFT', 'RIGHT', 'side']).optional(),
  in_reply_to: z.number().optional(),
  subject_type: z.enum(['line', 'file']).optional(),
})
const Text = z.object({ body: z.string() })

/** What people say on lines of a pull request. */
export const reviewCommentRoutes = routesOf({
  'GET /repos/:owner/:repo/pulls/comments': listAll,
  'GET /repos/:owner/:repo/pulls/comments/:comment': show,
  'PATCH /repos/:owner/:repo/pulls/comments/:comment': change,
  'DELETE /repos/:owner/:repo/pulls/comments/:comment': remove,
  'GET /repos/:owner/:repo/pulls/:number/comments': list,
  'POST /repos/:owner/:repo/pulls/:number/comments': create,
  'POST /repos/:owner/:repo/pulls/:number/comments/:comment/replies': reply,
})

function listAll(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const comments = world.store.all(
    sql`select review_comments.* from review_comments join pulls on pulls.id = pull_id join issues on issues.id = issue_id
      where repository_id = ${repository.id} order by review_comments.id limit 10000`,
    ReviewComment,
  )
  return paged(c, comments, (comment) => commentJson(world, repository, comment))
}

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const { pull } = openPull(world, c, repository)
  return paged(c, reviewCommentsOf(world.store, pull.id), (comment) => commentJson(world, repository, comment))
}

async function create(world: World, c: Call): Promise<Response> {
  const { user } = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const { in_reply_to, path, commit_id, ...wanted } = await readBody(c, NewComment)
  const { pull } = openPull(world, c, repository)
  if (in_reply_to !== undefined) return answer(world, c, repository, pull, in_reply_to, wanted.body)
  if (path === undefined)
    throw validationFailed({ resource: 'PullRequestReviewComment', code: 'missing_field', field: 'path' })
  const anchor = await anchorIn(world.git.at(repository.id), pull, {
    ...wanted,
    path,
    commit_id: commit_id ?? pull.head_sha,
  })
  return store(world, c, repository, () => addReviewComment(world, pull, user, anchor, null))
}

async function reply(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { body } = await readBody(c, Text)
  const { pull } = openPull(world, c, repository)
  return answer(world, c, repository, pull, numberParam(c, 'comment'), body)
}

function answer(world: World, c: Call, repository: Repository, pull: Pull, to: number, body: string): Response {
  const { user } = callerOf(c)
  const first = reviewCommentById(world.store, to)
  if (!first || first.pull_id !== pull.id) throw notFound()
  return store(world, c, repository, () =>
    addReviewComment(world, pull, user, { ...anchorOf(first), body }, null, first.reply_to ?? first.id),
  )
}

function anchorOf({ path, commit_id, diff_hunk, line, side, start_line, start_side, subject_type }: ReviewComment) {
  return { path, commit_id, diff_hunk, line, side, start_line, start_side, subject_type }
}

function store(world: World, c: Call, repository: Repository, add: () => ReviewComment): Response {
  const comment = world.store.transact(() => {
    const made = add()
    raise(world, repository, made, callerOf(c).user, 'created')
    return made
  })
  const shown = commentJson(world, repository, comment)
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(commentJson(world, repository, openComment(world, c, repository)))
}

async function change(world: World, c: Call): Promise<Response> {
  const { repository, user } = openForAuthor(world, c)
  const { body } = await readBody(c, Text)
  const changed = world.store.transact(() => {
    const before = openComment(world, c, repository)
    world.store.update('review_comments', before.id, { body, updated_at: world.now() })
    const after = found(reviewCommentById(world.store, before.id))
    raise(world, repository, after, user, 'edited', { changes: { body: { from: before.body } } })
    return after
  })
  return c.json(commentJson(world, repository, changed))
}

function remove(world: World, c: Call): Response {
  const { repository, user } = openForAuthor(world, c)
  world.store.transact(() => {
    const comment = openComment(world, c, repository)
    raise(world, repository, comment, user, 'deleted')
    world.store.run(sql`delete from review_comments where id = ${comment.id}`)
  })
  return noContent()
}

function openForAuthor(world: World, c: Call): { readonly repository: Repository; readonly user: Account } {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const isAuthor = openComment(world, c, repository).author_id === caller.user.id
  if (!isAuthor && !isAtLeast(roleOfCaller(world.store, repository, caller), 'write'))
    throw forbidden('Must have admin rights to Repository.')
  return { repository, user: caller.user }
}

function openComment(world: World, c: Call, repository: Repository): ReviewComment {
  const comment = found(reviewCommentById(world.store, numberParam(c, 'comment')))
  if (subjectOf(world, comment).issue.repository_id !== repository.id) throw notFound()
  return comment
}

function subjectOf({ store: rows }: World, comment: ReviewComment) {
  const pull = found(pullById(rows, comment.pull_id))
  return { pull, issue: found(issueById(rows, pull.issue_id)) }
}

function commentJson(world: World, repository: Repository, comment: ReviewComment): Json {
  return reviewCommentJson(world, repository, subjectOf(world, comment).issue, comment)
}

function raise(
  world: World,
  repository: Repository,
  comment: ReviewComment,
  sender: Account,
  action: string,
  more: Json = {},
): void {
  const { issue, pull } = subjectOf(world, comment)
  const body = {
    comment: commentJson(world, repository, comment),
    pull_request: pullSummaryJson(world, repository, issue, pull),
    ...more,
  }
  world.events.raise({ name: 'pull_request_review_comment', action, repository, sender, body })
}
