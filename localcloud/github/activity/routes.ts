import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { userJson } from '../accounts/present.ts'
import { accountByEmail, accountById } from '../accounts/queries.ts'
import type { Resource } from '../front/limits.ts'
import { quotaKey } from '../front/middleware.ts'
import { noContent, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { eventsOf } from '../hooks/queries.ts'
import type { Event } from '../hooks/schema.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { notFound } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'

const Dispatch = z.object({
  event_type: z.string().max(100),
  client_payload: z.record(z.string(), z.unknown()).default({}),
})

/** What happens in a repository, and what GitHub says about itself. */
export const activityRoutes = routesOf({
  'GET /repos/:owner/:repo/events': listEvents,
  'POST /repos/:owner/:repo/dispatches': dispatch,
  'GET /repos/:owner/:repo/contributors': listContributors,
  'GET /repos/:owner/:repo/languages': listLanguages,
  'GET /repos/:owner/:repo/vulnerability-alerts': (world, c) => checkAlerts(world, c),
  'PUT /repos/:owner/:repo/vulnerability-alerts': (world, c) => setAlerts(world, c, true),
  'DELETE /repos/:owner/:repo/vulnerability-alerts': (world, c) => setAlerts(world, c, false),
  'GET /': showRoot,
  'GET /rate_limit': showLimits,
  'GET /meta': showMeta,
  'GET /zen': (_world, c) => c.text('Keep it logically awesome.'),
  'GET /octocat': (_world, c) => c.text('MMM.'),
  'GET /versions': (_world, c) => c.json(['2022-11-28']),
  'GET /emojis': (_world, c) => c.json({}),
})

/** The activity of the last days, in the older form that is not the webhooks'. */
function listEvents(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const names = sql`name in ('push', 'create', 'delete', 'issues', 'issue_comment', 'pull_request', 'release', 'fork', 'member', 'public')`
  const events = eventsOf(world.store, repository.id, names, 300)
  c.header('x-poll-interval', '60')
  return paged(c, events, (event) => eventJson(world, repository, event))
}

function eventJson({ store, site }: World, repository: Repository, event: Event): Json {
  const actor = accountById(store, event.actor_id)
  const {
    repository: _,
    sender: _sender,
    organization: _organization,
    ...payload
  } = z.record(z.string(), z.unknown()).parse(JSON.parse(event.body))
  const words = event.name.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  return {
    id: String(event.id),
    type: `${words.join('')}Event`,
    actor: {
      id: event.actor_id,
      login: actor?.login ?? '',
      display_login: actor?.login ?? '',
      gravatar_id: '',
      url: `${site.api}/users/${actor?.login ?? ''}`,
      avatar_url: `${site.html}/avatars/u/${event.actor_id}?v=4`,
    },
    repo: { id: repository.id, name: repository.full_name, url: repositoryUrl(site, repository) },
    payload,
    public: repository.visibility === 'public',
    created_at: isoTime(event.created_at),
  }
}

async function dispatch(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const { event_type, client_payload } = await readBody(c, Dispatch)
  const body = { branch: repository.default_branch, client_payload }
  world.events.raise({ name: 'repository_dispatch', action: event_type, repository, sender: callerOf(c).user, body })
  return noContent()
}

async function listContributors(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const head = await commitNamed(git, repository.default_branch)
  if (!head) return noContent()
  const lines = await git.lines(['shortlog', '--summary', '--numbered', '--email', head.sha])
  const counted = lines.flatMap((line) => {
    const [, count = '0', email = ''] = /^\s*(\d+)\t.*<(.*)>$/.exec(line) ?? []
    const account = accountByEmail(world.store, email)
    return account ? [{ account, contributions: Number(count) }] : []
  })
  return paged(c, counted, ({ account, contributions }) => ({ ...userJson(world.site, account), contributions }))
}

const languages: Record<string, string> = {
  ts: 'TypeScript',
  js: 'JavaScript',
  py: 'Python',
  go: 'Go',
  tf: 'HCL',
  sh: 'Shell',
  html: 'HTML',
  css: 'CSS',
}

/** By the ends of the names alone. */
async function listLanguages(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const head = await commitNamed(git, repository.default_branch)
  const lines = head ? await git.lines(['ls-tree', '-r', '-l', head.sha]) : []
  const bytes: Record<string, number> = {}
  for (const line of lines) {
    const [, size = '0', ending = ''] = /(\d+)\t.*\.(\w+)$/.exec(line) ?? []
    const language = languages[ending]
    if (language !== undefined) bytes[language] = (bytes[language] ?? 0) + Number(size)
  }
  return c.json(bytes)
}

function checkAlerts(world: World, c: Call): Response {
  const { id } = openRepository(world, c, 'admin')
  if (world.store.count(sql`select count(*) as count from settings where name = ${`alerts ${id}`}`) === 0)
    throw notFound()
  return noContent()
}

function setAlerts(world: World, c: Call, isOn: boolean): Response {
  const { id } = openRepository(world, c, 'admin')
  const name = `alerts ${id}`
  if (isOn) world.store.run(sql`insert into settings (name, value) values (${name}, 'on') on conflict do nothing`)
  else world.store.run(sql`delete from settings where name = ${name}`)
  return noContent()
}

function showLimits({ limits }: World, c: Call): Response {
  const key = quotaKey(c)
  const shown = (resource: Resource) => ({ ...limits.quotaOf({ ...key, resource }), resource })
  const core = shown('core')
  const resources = { core, search: shown('search'), graphql: shown('graphql') }
  return c.json({ resources: { ...resources, integration_manifest: { ...core, used: 0 } }, rate: core })
}

const rootLinks = {
  authorizations: '/authorizations',
  code_search: '/search/code?q={query}{&page,per_page,sort,order}',
  commit_search: '/search/commits?q={query}{&page,per_page,sort,order}',
  current_user: '/user',
  emails: '/user/emails',
  emojis: '/emojis',
  events: '/events',
  feeds: '/feeds',
  followers: '/user/followers',
  following: '/user/following{/target}',
  gists: '/gists{/gist_id}',
  issue_search: '/search/issues?q={query}{&page,per_page,sort,order}',
  issues: '/issues',
  keys: '/user/keys',
  label_search: '/search/labels?q={query}&repository_id={repository_id}{&page,per_page}',
  notifications: '/notifications',
  organization: '/orgs/{org}',
  organization_repositories: '/orgs/{org}/repos{?type,page,per_page,sort}',
  organization_teams: '/orgs/{org}/teams',
  public_gists: '/gists/public',
  rate_limit: '/rate_limit',
  repository: '/repos/{owner}/{repo}',
  repository_search: '/search/repositories?q={query}{&page,per_page,sort,order}',
  current_user_repositories: '/user/repos{?type,page,per_page,sort}',
  starred: '/user/starred{/owner}{/repo}',
  starred_gists: '/gists/starred',
  user: '/users/{user}',
  user_organizations: '/user/orgs',
  user_repositories: '/users/{user}/repos{?type,page,per_page,sort}',
  user_search: '/search/users?q={query}{&page,per_page,sort,order}',
}

/** Where everything is, whether or not it is here. */
function showRoot({ site }: World, c: Call): Response {
  const addresses = Object.entries(rootLinks).map(([name, path]) => [`${name}_url`, `${site.api}${path}`])
  return c.json({ ...Object.fromEntries(addresses), current_user_authorizations_html_url: site.html })
}

function showMeta({ site }: World, c: Call): Response {
  const { host } = new URL(site.html)
  return c.json({
    verifiable_password_authentication: false,
    installed_version: '3.19.0',
    domains: { website: [host] },
  })
}
