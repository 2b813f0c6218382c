import { z } from 'zod'
import { accountByLogin } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { numberParam, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { linkPages, pageOf } from '../platform/pages.ts'
import { Problem, forbidden, found, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { repositoryJson } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { addIssue, changeIssue } from './changes.ts'
import type { IssueChange } from './changes.ts'
import { conditionFor, orderFor } from './filters.ts'
import { issueJson } from './present.ts'
import { countIssues, issueNumbered, issuesWhere, milestoneNumbered } from './queries.ts'
import type { Issue, Milestone } from './schema.ts'

const LabelNames = z.array(z.union([z.string(), z.object({ name: z.string() })]))
const text = z.union([z.string(), z.number()]).transform(String)

const Relations = z.object({
  body: z.string().nullish(),
  assignee: z.string().nullish(),
  assignees: z.array(z.string()).optional(),
  milestone: z.union([z.string(), z.number()]).nullish(),
  labels: LabelNames.optional(),
})
const NewIssue = Relations.extend({ title: text })
const Changes = Relations.extend({
  title: text.optional(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullish(),
})

/** Issues as wholes. */
export const issueRoutes = routesOf({
  'GET /issues': listOwn,
  'GET /user/issues': listOwn,
  'GET /repos/:owner/:repo/issues': list,
  'POST /repos/:owner/:repo/issues': create,
  'GET /repos/:owner/:repo/issues/:number': show,
  'PATCH /repos/:owner/:repo/issues/:number': change,
})

/** The issue or pull request that the path names. */
export function openIssue({ store }: World, c: Call, repository: Repository): Issue {
  return found(issueNumbered(store, repository.id, numberParam(c, 'number')))
}

function list(world: World, c: Call): Response {
  const { store } = world
  const repository = openRepository(world, c, 'read')
  const page = pageOf(c)
  const condition = conditionFor(world, c, repository)
  linkPages(c, page, countIssues(store, condition))
  return c.json(issuesWhere(store, condition, orderFor(c), page).map((issue) => issueJson(world, repository, issue)))
}

/** The caller's issues wherever they are: those assigned unless the filter says otherwise. */
function listOwn(world: World, c: Call): Response {
  const { store, site } = world
  const { id } = callerOf(c).user
  const filter = c.req.query('filter') ?? 'assigned'
  const mine = sql`id in (select issue_id from issue_assignees where user_id = ${id})`
  const condition = sql`${conditionFor(world, c, null)} and ${filter === 'assigned' ? mine : sql`author_id = ${id}`}`
  const page = pageOf(c)
  linkPages(c, page, countIssues(store, condition))
  const shown = issuesWhere(store, condition, orderFor(c), page).flatMap((issue) => {
    const repository = repositoryById(store, issue.repository_id)
    if (!repository) return []
    return [{ ...issueJson(world, repository, issue), repository: repositoryJson(store, site, repository) }]
  })
  return c.json(shown)
}

async function create(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  if (!repository.settings.has_issues) throw new Problem(410, 'Issues has been disabled in this repository.')
  const { title, body, ...relations } = await readBody(c, NewIssue)
  if (title.trim() === '') throw validationFailed({ resource: 'Issue', field: 'title', code: 'missing_field' })
  // Who may not triage may still open an issue; the rest of the wish is silently dropped, as GitHub does.
  const mayTriage = isAtLeast(roleOfCaller(world.store, repository, caller), 'triage')
  const related = mayTriage ? relationsOf(world, repository, relations) : {}
  const issue = addIssue(world, repository, caller.user, { title, body: body ?? null, ...related })
  const shown = issueJson(world, repository, issue)
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(issueJson(world, repository, openIssue(world, c, repository)))
}

async function change(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'read')
  const { assignee, assignees, milestone, labels, ...rest } = await readBody(c, Changes)
  const issue = openIssue(world, c, repository)
  const mayTriage = isAtLeast(roleOfCaller(world.store, repository, caller), 'triage')
  if (!mayTriage && issue.author_id !== caller.user.id) throw forbidden('Must have admin rights to Repository.')
  if (rest.title?.trim() === '') throw validationFailed({ resource: 'Issue', field: 'title', code: 'missing_field' })
  const related = mayTriage ? relationsOf(world, repository, { assignee, assignees, milestone, labels }) : {}
  const state_reason = rest.state_reason ?? undefined
  return c.json(
    issueJson(
      world,
      repository,
      changeIssue(world, repository, issue, caller.user, { ...rest, ...related, state_reason }),
    ),
  )
}

type Wish = Omit<z.infer<typeof Relations>, 'body'>

/** Turns names and numbers into what they stand for. */
export function relationsOf(
  world: World,
  repository: Repository,
  wish: Wish,
): Pick<IssueChange, 'labels' | 'assignees' | 'milestone'> {
  const { assignee, assignees, milestone, labels } = wish
  const logins =
    assignees ??
    (assignee === undefined ? undefined : [assignee].filter((each) => typeof each === 'string' && each !== ''))
  return {
    labels: labels?.map((label) => (typeof label === 'string' ? label : label.name)),
    assignees: logins?.flatMap((login) => assignable(world, repository, login ?? '')),
    milestone: milestoneFor(world, repository, milestone),
  }
}

/** Somebody who can be given work here. */
export function assignable({ store }: World, repository: Repository, login: string): Account {
  const user = accountByLogin(store, login)
  if (user && roleOfCaller(store, repository, null) !== 'none') return user
  if (user && user.id === repository.owner_id) return user
  const known =
    user &&
    store.count(
      sql`select count(*) as count from collaborators where repository_id = ${repository.id} and user_id = ${user.id}`,
    )
  if (user && (known || repository.owner.type === 'Organization')) return user
  throw validationFailed({ resource: 'Issue', field: 'assignees', code: 'invalid', value: login })
}

function milestoneFor(
  { store }: World,
  repository: Repository,
  wanted: string | number | null | undefined,
): Milestone | null | undefined {
  if (wanted === undefined || wanted === null) return wanted
  const milestone = milestoneNumbered(store, repository.id, Number(wanted))
  if (!milestone)
    throw validationFailed({ resource: 'Issue', field: 'milestone', code: 'invalid', value: String(wanted) })
  return milestone
}
