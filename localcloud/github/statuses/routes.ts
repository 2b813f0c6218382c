import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { userJsonOrNull } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { commitJson } from '../commits/present.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import type { Commit } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { nodeId } from '../platform/ids.ts'
import { linkPages, pageOf, paged } from '../platform/pages.ts'
import { found, unprocessable, validationFailed } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryJson, repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { latestStatusesOf, statusById, statusesOf } from './queries.ts'
import { combined } from './schema.ts'
import type { Status } from './schema.ts'

const NewStatus = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().optional(),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
})

const mostStatuses = 1_000
const mostDescription = 140

export const statusRoutes = routesOf({
  'POST /repos/:owner/:repo/statuses/:sha': create,
  'GET /repos/:owner/:repo/commits/:ref{.+}/statuses': list,
  'GET /repos/:owner/:repo/statuses/:ref{.+}': list,
  'GET /repos/:owner/:repo/commits/:ref{.+}/status': showCombined,
})

async function create(world: World, c: Call): Promise<Response> {
  const { store, events, now } = world
  const repository = openRepository(world, c, 'write')
  const { state, context = 'default', description = null, target_url = null } = await readBody(c, NewStatus)
  if ((description?.length ?? 0) > mostDescription) {
    throw validationFailed({
      resource: 'Status',
      code: 'custom',
      field: 'description',
      message: 'description is too long (maximum is 140 characters)',
    })
  }
  const commit = await commitNamed(world.git.at(repository.id), param(c, 'sha'))
  if (!commit) throw unprocessable(`No commit found for SHA: ${param(c, 'sha')}`)
  const branches = await branchesWith(world, repository, commit.sha)
  const { user } = callerOf(c)
  const status = store.transact(() => {
    const own = statusesOf(store, repository.id, commit.sha).filter((each) => each.context === context)
    if (own.length >= mostStatuses)
      throw validationFailed({
        resource: 'Status',
        code: 'custom',
        message: 'This SHA and context has reached the maximum number of statuses.',
      })
    const row = { state, context, description, target_url, creator_id: user.id, created_at: now() }
    const made = found(
      statusById(store, store.insert('statuses', { repository_id: repository.id, sha: commit.sha, ...row })),
    )
    events.raise({
      name: 'status',
      repository,
      sender: user,
      body: eventJson(world, repository, made, commit, branches),
    })
    return made
  })
  const shown = statusJson(world, repository, status)
  return c.json(shown, 201, { location: String(shown['url']) })
}

async function list(world: World, c: Call): Promise<Response> {
  const { repository, commit } = await openCommit(world, c)
  return paged(c, statusesOf(world.store, repository.id, commit.sha), (status) => statusJson(world, repository, status))
}

async function showCombined(world: World, c: Call): Promise<Response> {
  const { store, site } = world
  const { repository, commit } = await openCommit(world, c)
  const latest = latestStatusesOf(store, repository.id, commit.sha)
  const page = pageOf(c)
  linkPages(c, page, latest.length)
  const url = `${repositoryUrl(site, repository)}/commits/${commit.sha}`
  return c.json({
    state: combined(latest.map(({ state }) => state)),
    statuses: latest
      .slice(page.offset, page.offset + page.size)
      .map((status) => simpleStatusJson(world, repository, status)),
    sha: commit.sha,
    total_count: latest.length,
    repository: repositoryJson(store, site, repository),
    commit_url: url,
    url: `${url}/status`,
  })
}

async function openCommit(world: World, c: Call): Promise<{ repository: Repository; commit: Commit }> {
  const repository = openRepository(world, c, 'read')
  const commit = await commitNamed(world.git.at(repository.id), param(c, 'ref'))
  if (!commit) throw unprocessable(`No commit found for SHA: ${param(c, 'ref')}`)
  return { repository, commit }
}

export function statusJson(world: World, repository: Repository, status: Status): Json {
  const creator = userJsonOrNull(world.site, accountById(world.store, status.creator_id))
  return { ...simpleStatusJson(world, repository, status), creator }
}

function simpleStatusJson({ site }: World, repository: Repository, status: Status): Json {
  return {
    url: `${repositoryUrl(site, repository)}/statuses/${status.sha}`,
    avatar_url: `${site.html}/avatars/u/${status.creator_id}?v=4`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.target_url,
    context: status.context,
    created_at: isoTime(status.created_at),
    updated_at: isoTime(status.created_at),
  }
}

type Branch = { readonly name: string; readonly sha: string }

function eventJson(
  world: World,
  repository: Repository,
  status: Status,
  commit: Commit,
  branches: readonly Branch[],
): Json {
  const root = repositoryUrl(world.site, repository)
  return {
    id: status.id,
    sha: status.sha,
    name: repository.full_name,
    target_url: status.target_url,
    avatar_url: `${world.site.html}/avatars/u/${status.creator_id}?v=4`,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: commitJson(world, repository, commit),
    branches: branches.map(({ name, sha }) => ({
      name,
      commit: { sha, url: `${root}/commits/${sha}` },
      protected: false,
    })),
    created_at: isoTime(status.created_at),
    updated_at: isoTime(status.created_at),
  }
}

/** The branches that hold a commit, at most ten, as GitHub lists them in the event. */
async function branchesWith({ git }: World, repository: Repository, sha: string): Promise<Branch[]> {
  const format = '--format=%(objectname) %(refname:lstrip=2)'
  const lines = await git
    .at(repository.id)
    .lines(['for-each-ref', '--count=10', `--contains=${sha}`, format, 'refs/heads/'])
  return lines.map((line) => ({ sha: line.slice(0, 40), name: line.slice(41) }))
}
