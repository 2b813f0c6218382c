import { z } from 'zod'
import { accountByLogin } from '../accounts/queries.ts'
import { changedFiles, diffText, patchText } from '../commits/diff.ts'
import { commitJson, fileChangeJson } from '../commits/present.ts'
import { openCommit } from '../commits/routes.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitsAt } from '../git/commits.ts'
import { changeIssue } from '../issues/changes.ts'
import { issueById, issueNumbered } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { raiseFor } from '../issues/subject.ts'
import { readBody } from '../platform/body.ts'
import { linkPages, pageOf, paged } from '../platform/pages.ts'
import { forbidden, found, unprocessable, validationFailed } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { createPull } from './create.ts'
import { measure } from './measure.ts'
import { openFreshPull, openPull, refreshed } from './open.ts'
import { pullJson, pullSummaryJson } from './present.ts'
import { pullById, pullsWhere } from './queries.ts'
import { mergeStateOf } from './requirements.ts'
import type { Pull } from './schema.ts'

const NewPull = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  head: z.string(),
  base: z.string(),
  draft: z.boolean().default(false),
  maintainer_can_modify: z.boolean().default(false),
  issue: z.number().optional(),
})
const Changes = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
  maintainer_can_modify: z.boolean().optional(),
})

/** Pull requests as wholes. */
export const pullRoutes = routesOf({
  'GET /repos/:owner/:repo/pulls': list,
  'POST /repos/:owner/:repo/pulls': create,
  'GET /repos/:owner/:repo/pulls/:number': show,
  'PATCH /repos/:owner/:repo/pulls/:number': change,
  'GET /repos/:owner/:repo/pulls/:number/commits': listCommits,
  'GET /repos/:owner/:repo/pulls/:number/files': listFiles,
  'GET /repos/:owner/:repo/commits/:sha/pulls': listOfCommit,
})

const mostCommits = 250

function list(world: World, c: Call): Response {
  const { store } = world
  const repository = openRepository(world, c, 'read')
  const rows = pullsWhere(store, sql`repository_id = ${repository.id} and ${conditionFor(world, c)}`)
  const pulls = rows.map((pull) => ({ pull, issue: found(issueById(store, pull.issue_id)) }))
  const sorted = sortedPulls(pulls, c.req.query('sort'), c.req.query('direction'))
  return paged(c, sorted, ({ issue, pull }) => pullSummaryJson(world, repository, issue, pull))
}

function conditionFor({ store }: World, c: Call): Statement {
  const { state = 'open', base, head } = c.req.query()
  return every([
    state !== 'all' && sql`state = ${state}`,
    base !== undefined && sql`base_ref = ${base}`,
    head !== undefined && fromHead(store, head),
  ])
}

/** Only `user:branch` names a head; a branch alone names none. */
function fromHead(store: World['store'], head: string): Statement {
  const [login = '', branch = ''] = head.split(':')
  return sql`head_ref = ${branch} and head_owner_id = ${accountByLogin(store, login)?.id ?? -1}`
}

type Row = { readonly issue: Issue; readonly pull: Pull }

/** Newest first by creation, oldest first by anything else, unless asked. */
function sortedPulls(rows: readonly Row[], sort = 'created', direction = sort === 'created' ? 'desc' : 'asc'): Row[] {
  const key = ({ issue }: Row) => (sort === 'updated' ? issue.updated_at : issue.number)
  const sign = direction === 'asc' ? 1 : -1
  return rows.toSorted((a, b) => sign * (key(a) - key(b)))
}

async function create(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const { title, body = null, issue: number, ...rest } = await readBody(c, NewPull)
  const source = number === undefined ? null : issueNumbered(world.store, repository.id, number)
  const heading = title ?? source?.title ?? ''
  if (heading.trim() === '') throw validationFailed({ resource: 'PullRequest', field: 'title', code: 'missing_field' })
  const { issue, pull } = await createPull(world, repository, caller.user, {
    ...rest,
    title: heading,
    body: body ?? source?.body ?? null,
  })
  const shown = pullJson(world, repository, issue, pull, mergeStateOf(world, repository, pull))
  return c.json(shown, 201, { location: String(shown['url']) })
}

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { issue, pull } = await openFreshPull(world, c, repository)
  const accept = c.req.header('accept') ?? ''
  const git = world.git.at(repository.id)
  if (accept.includes('.diff'))
    return c.text(await diffText(git, await mergeBase(world, repository, pull), pull.head_sha))
  if (accept.includes('.patch')) return c.text(await patchText(git, `${pull.base_sha}..${pull.head_sha}`))
  return c.json(pullJson(world, repository, issue, pull, mergeStateOf(world, repository, pull)))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store } = world
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const { base, maintainer_can_modify, ...rest } = await readBody(c, Changes)
  const { issue, pull } = openPull(world, c, repository)
  const mayWrite = isAtLeast(roleOfCaller(store, repository, caller), 'write')
  if (!mayWrite && issue.author_id !== caller.user.id) throw forbidden('Must have admin rights to Repository.')
  if (rest.state === 'open' && issue.state === 'closed') refuseReopening(world, repository, pull)
  const moved = base === undefined || base === pull.base_ref ? null : await measuredOnto(world, repository, pull, base)
  const changed = store.transact(() => {
    store.update('pulls', pull.id, { maintainer_can_modify, ...moved })
    const changes = { base: { ref: { from: pull.base_ref }, sha: { from: pull.base_sha } } }
    if (moved) raiseFor(world, repository, issue, caller.user, [{ action: 'edited', body: { changes } }])
    return changeIssue(world, repository, issue, caller.user, rest)
  })
  const after = await refreshed(world, changed, found(pullById(store, pull.id)))
  return c.json(pullJson(world, repository, changed, after, mergeStateOf(world, repository, after)))
}

async function measuredOnto(world: World, repository: Repository, pull: Pull, base: string) {
  const sha = world.refs.get(repository.id, `refs/heads/${base}`)
  if (sha === null) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' })
  return { base_ref: base, ...(await measure(world.git.at(repository.id), sha, pull.head_sha)) }
}

function refuseReopening(world: World, repository: Repository, pull: Pull): void {
  const source = pull.head_repository_id ?? repository.id
  const isGone = world.refs.get(source, `refs/heads/${pull.head_ref}`) === null
  if (pull.merged_at !== null || isGone) {
    const message = isGone
      ? 'state cannot be changed. The branch has been deleted.'
      : 'state cannot be changed. The pull request is merged.'
    throw validationFailed({ resource: 'PullRequest', code: 'invalid', field: 'state', message })
  }
}

async function listCommits(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { pull } = openPull(world, c, repository)
  const git = world.git.at(repository.id)
  const from = await mergeBase(world, repository, pull)
  const shas = await git.lines([
    'rev-list',
    '--reverse',
    '--topo-order',
    `--max-count=${mostCommits}`,
    `${from}..${pull.head_sha}`,
  ])
  const commits = await commitsAt(git, shas)
  return paged(c, commits, (commit) => commitJson(world, repository, commit))
}

async function listFiles(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { pull } = openPull(world, c, repository)
  const from = await mergeBase(world, repository, pull)
  const files = await changedFiles(world.git.at(repository.id), from, pull.head_sha)
  return paged(c, files, (file) => fileChangeJson(world, repository, pull.head_sha, file))
}

async function listOfCommit(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const { sha } = await openCommit(git, param(c, 'sha'))
  const pulls: Pull[] = []
  for (const pull of pullsWhere(world.store, sql`repository_id = ${repository.id}`)) {
    const isOwn = pull.merge_sha === sha || (await git.succeeds(['merge-base', '--is-ancestor', sha, pull.head_sha]))
    if (isOwn && !(await git.isAncestor(sha, await mergeBase(world, repository, pull)))) pulls.push(pull)
  }
  const page = pageOf(c)
  linkPages(c, page, pulls.length)
  return c.json(
    pulls.map((pull) => pullSummaryJson(world, repository, found(issueById(world.store, pull.issue_id)), pull)),
  )
}

/** Where a pull request left the branch that it goes to; a merged one left it before the merge. */
async function mergeBase({ git }: World, repository: Repository, pull: Pull): Promise<string> {
  const { code, out } = await git.at(repository.id).run(['merge-base', pull.base_sha, pull.head_sha])
  if (code !== 0) throw unprocessable('The branches have no history in common.')
  return out.toString().trim()
}
