import { userJson, userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { numberParam, routesOf } from '../front/routes.ts'
import { nodeId } from '../platform/ids.ts'
import { paged } from '../platform/pages.ts'
import { found } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { commentJson, issueJson } from './present.ts'
import { eventsOf, issueById } from './queries.ts'
import { openIssue } from './routes.ts'
import { Comment, IssueEvent } from './schema.ts'

/** What was done to issues, alone and between what was said. */
export const timelineRoutes = routesOf({
  'GET /repos/:owner/:repo/issues/events': listAll,
  'GET /repos/:owner/:repo/issues/events/:event': show,
  'GET /repos/:owner/:repo/issues/:number/events': list,
  'GET /repos/:owner/:repo/issues/:number/timeline': timeline,
})

function listAll(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const events = world.store.all(
    sql`select issue_events.* from issue_events join issues on issues.id = issue_id
      where repository_id = ${repository.id} order by issue_events.id desc limit 10000`,
    IssueEvent,
  )
  return paged(c, events, (event) => withIssue(world, repository, event))
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const event = found(
    world.store.first(sql`select * from issue_events where id = ${numberParam(c, 'event')}`, IssueEvent),
  )
  return c.json(withIssue(world, repository, event))
}

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return paged(c, eventsOf(world.store, openIssue(world, c, repository).id), (event) =>
    eventJson(world, repository, event),
  )
}

function timeline(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const issue = openIssue(world, c, repository)
  const comments = world.store.all(
    sql`select * from issue_comments where issue_id = ${issue.id} order by id limit 10000`,
    Comment,
  )
  const entries = [
    ...eventsOf(world.store, issue.id).map((event) => ({
      at: event.created_at,
      show: () => eventJson(world, repository, event),
    })),
    ...comments.map((comment) => ({
      at: comment.created_at,
      show: () => {
        const shown = commentJson(world, repository, issue, comment)
        return { event: 'commented', ...shown, actor: shown['user'] }
      },
    })),
  ]
  return paged(
    c,
    entries.toSorted((a, b) => a.at - b.at),
    ({ show: shown }) => shown(),
  )
}

function withIssue(world: World, repository: Repository, event: IssueEvent): Json {
  const issue = found(issueById(world.store, event.issue_id))
  return { ...eventJson(world, repository, event), issue: issueJson(world, repository, issue) }
}

function eventJson(world: World, repository: Repository, event: IssueEvent): Json {
  const { store, site } = world
  const root = repositoryUrl(site, repository)
  const actor = userJsonOrNull(site, accountById(store, event.actor_id))
  return {
    id: event.id,
    node_id: nodeId('IssueEvent', event.id),
    url: `${root}/issues/events/${event.id}`,
    actor,
    event: event.event,
    commit_id: event.commit_id,
    commit_url: event.commit_id === null ? null : `${root}/commits/${event.commit_id}`,
    created_at: isoTime(event.created_at),
    performed_via_github_app: null,
    ...detailJson(world, event),
  }
}

/** People are kept by number, so that a renaming shows. */
function detailJson({ store, site }: World, { detail }: IssueEvent): Json {
  const people = ['assignee', 'assigner', 'requested_reviewer', 'review_requester']
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => {
      const account = people.includes(name) && typeof value === 'number' ? accountById(store, value) : null
      return [name, account ? userJson(site, account) : value]
    }),
  )
}
