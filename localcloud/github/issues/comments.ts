import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { linkPages, pageOf } from '../platform/pages.ts'
import { forbidden, found, notFound, validationFailed } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { changedSince } from './filters.ts'
import { commentJson, issueJson } from './present.ts'
import { commentById, issueById } from './queries.ts'
import { openIssue } from './routes.ts'
import { Comment } from './schema.ts'
import type { Issue } from './schema.ts'

const NewComment = z.object({ body: z.string() })

/** What people say on issues and pull requests. */
export const commentRoutes = routesOf({
  'GET /repos/:owner/:repo/issues/comments': listAll,
  'GET /repos/:owner/:repo/issues/comments/:comment': show,
  'PATCH /repos/:owner/:repo/issues/comments/:comment': change,
  'DELETE /repos/:owner/:repo/issues/comments/:comment': remove,
  'GET /repos/:owner/:repo/issues/:number/comments': listOfIssue,
  'POST /repos/:owner/:repo/issues/:number/comments': create,
})

/** Adds a comment and raises its event. */
export function addComment(world: World, repository: Repository, issue: Issue, author: Account, body: string): Comment {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const id = store.insert('issue_comments', {
      issue_id: issue.id,
      author_id: author.id,
      body,
      created_at: at,
      updated_at: at,
    })
    store.update('issues', issue.id, { updated_at: at })
    const comment = found(commentById(store, id))
    raise(world, repository, comment, author, 'created')
    return comment
  })
}

function listAll(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return list(world, c, repository, sql`issue_id in (select id from issues where repository_id = ${repository.id})`)
}

function listOfIssue(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return list(world, c, repository, sql`issue_id = ${openIssue(world, c, repository).id}`)
}

function list(world: World, c: Call, repository: Repository, within: Statement): Response {
  const { store } = world
  const condition = every([within, changedSince(c.req.query('since'))])
  const page = pageOf(c)
  const order = c.req.query('direction') === 'desc' ? sql`id desc` : sql`id`
  const comments = store.all(
    sql`select * from issue_comments where ${condition} order by ${order} limit ${page.size} offset ${page.offset}`,
    Comment,
  )
  linkPages(c, page, store.count(sql`select count(*) as count from issue_comments where ${condition}`))
  return c.json(comments.map((comment) => commentJson(world, repository, issueOf(world, comment), comment)))
}

async function create(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const body = checkedBody((await readBody(c, NewComment)).body)
  const issue = openIssue(world, c, repository)
  const mayWrite = isAtLeast(roleOfCaller(world.store, repository, caller), 'write')
  if (issue.locked && !mayWrite) throw forbidden('Unable to create comment because issue is locked.')
  const shown = commentJson(world, repository, issue, addComment(world, repository, issue, caller.user, body))
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const comment = openComment(world, c, repository)
  return c.json(commentJson(world, repository, issueOf(world, comment), comment))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const { repository, user } = openForAuthor(world, c)
  const body = checkedBody((await readBody(c, NewComment)).body)
  const changed = store.transact(() => {
    const before = openComment(world, c, repository)
    store.update('issue_comments', before.id, { body, updated_at: now() })
    const after = found(commentById(store, before.id))
    raise(world, repository, after, user, 'edited', { changes: { body: { from: before.body } } })
    return after
  })
  return c.json(commentJson(world, repository, issueOf(world, changed), changed))
}

function remove(world: World, c: Call): Response {
  const { store } = world
  const { repository, user } = openForAuthor(world, c)
  store.transact(() => {
    const comment = openComment(world, c, repository)
    raise(world, repository, comment, user, 'deleted')
    store.run(sql`delete from issue_comments where id = ${comment.id}`)
  })
  return noContent()
}

function openForAuthor(world: World, c: Call): { readonly repository: Repository; readonly user: Account } {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const isAuthor = openComment(world, c, repository).author_id === caller.user.id
  const mayWrite = isAtLeast(roleOfCaller(world.store, repository, caller), 'write')
  if (!isAuthor && !mayWrite) throw forbidden('Must have admin rights to Repository.')
  return { repository, user: caller.user }
}

function openComment(world: World, c: Call, repository: Repository): Comment {
  const comment = found(commentById(world.store, numberParam(c, 'comment')))
  if (issueOf(world, comment).repository_id !== repository.id) throw notFound()
  return comment
}

function issueOf({ store }: World, comment: Comment): Issue {
  return found(issueById(store, comment.issue_id))
}

function checkedBody(body: string): string {
  if (body.trim() === '') throw validationFailed({ resource: 'IssueComment', code: 'missing_field', field: 'body' })
  if (body.length > 65_536)
    throw validationFailed({
      resource: 'IssueComment',
      code: 'custom',
      field: 'body',
      message: 'body is too long (maximum is 65536 characters)',
    })
  return body
}

function raise(
  world: World,
  repository: Repository,
  comment: Comment,
  sender: Account,
  action: string,
  more: Json = {},
): void {
  const issue = issueOf(world, comment)
  const body = {
    issue: issueJson(world, repository, issue),
    comment: commentJson(world, repository, issue, comment),
    ...more,
  }
  world.events.raise({ name: 'issue_comment', action, repository, sender, body })
}
