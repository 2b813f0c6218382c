import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ApiRefusal, ifThere } from '../effect.ts'
import type { Cloud, Effect, Lookup } from '../effect.ts'
import { fill, rest } from '../rest.ts'

const settings = [
  'name',
  'description',
  ['homepage_url', 'homepage'],
  'visibility',
  'private',
  'has_issues',
  'has_projects',
  'has_wiki',
  'has_downloads',
  'has_discussions',
  'is_template',
  'allow_merge_commit',
  'allow_squash_merge',
  'allow_rebase_merge',
  'allow_auto_merge',
  'allow_update_branch',
  'squash_merge_commit_title',
  'squash_merge_commit_message',
  'merge_commit_title',
  'merge_commit_message',
  'delete_branch_on_merge',
  'web_commit_signoff_required',
] as const

const one = '/repos/{owner}/{id}'
const spec = {
  collection: '/user/repos',
  item: one,
  sends: [...settings, 'auto_init'],
  changes: { method: 'PATCH', sends: [...settings, 'archived', 'default_branch'] },
  imports: '{id}',
  shows,
  // Who says how it is seen need not say whether it is private.
  body: ({ private: isPrivate, ...body }: Values): Values =>
    body['visibility'] === undefined && isPrivate !== undefined ? { ...body, private: isPrivate } : body,
} as const
const base = rest(spec)

function shows(said: Values): Values {
  // What is told of downloads is always yes.
  const { has_downloads: _, ...told } = said
  return {
    ...told,
    id: said['name'],
    repo_id: said['id'],
    homepage_url: said['homepage'],
    http_clone_url: said['clone_url'],
    git_clone_url: said['git_url'],
    primary_language: said['language'],
    fork: said['fork'],
    source_owner: null,
    source_repo: null,
  }
}

/** A repository: its settings, its topics, its alerts. Making one is several calls; if one fails, it is taken back. */
export const repository: Effect = {
  ...base,
  read: async (state, cloud) => {
    const said = await base.read(state, cloud)
    return said && { ...said, vulnerability_alerts: await hasAlerts(state['id'], cloud) }
  },
  create: async (planned, cloud) => {
    const made = await rest({ ...spec, collection: await placeFor(cloud) }).create(planned, cloud)
    const state = { ...planned, id: made['name'] }
    try {
      await settle(planned, state, cloud)
      if (planned['archived'] === true) await patch(state, cloud, { archived: true })
      return (await repository.read(state, cloud)) ?? made
    } catch (error) {
      await ifThere(cloud.call({ method: 'DELETE', path: pathOf(state, cloud) }))
      throw error
    }
  },
  update: async (planned, cloud, prior) => {
    const changed = await base.update(planned, cloud, prior)
    const state = { ...planned, id: changed['name'] }
    await settle(planned, state, cloud)
    return (await repository.read(state, cloud)) ?? changed
  },
  remove: async (state, cloud) => {
    if (state['archive_on_destroy'] === true) await ifThere(patch(state, cloud, { archived: true }))
    else await base.remove(state, cloud)
  },
}

function pathOf(state: Values, { owner }: Cloud): string {
  return fill(one, { ...state, owner })
}

async function patch(state: Values, cloud: Cloud, body: Values): Promise<unknown> {
  return cloud.call({ method: 'PATCH', path: pathOf(state, cloud), body })
}

/** Organisations have a place of their own. */
async function placeFor(cloud: Cloud): Promise<string> {
  const path = fill('/users/{owner}', { owner: cloud.owner })
  const account = objectIn(await cloud.call({ method: 'GET', path }))
  return account?.['type'] === 'Organization' ? fill('/orgs/{owner}/repos', { owner: cloud.owner }) : '/user/repos'
}

/** What has a call of its own. */
async function settle({ topics, vulnerability_alerts: alerts }: Values, state: Values, cloud: Cloud): Promise<void> {
  const path = pathOf(state, cloud)
  if (Array.isArray(topics)) await cloud.call({ method: 'PUT', path: `${path}/topics`, body: { names: topics } })
  if (alerts === null) return
  await ifThere(cloud.call({ method: alerts === true ? 'PUT' : 'DELETE', path: `${path}/vulnerability-alerts` }))
}

/** Only administrators are told. */
async function hasAlerts(id: unknown, cloud: Cloud): Promise<boolean | undefined> {
  const path = `${pathOf({ id }, cloud)}/vulnerability-alerts`
  try {
    return (await ifThere(cloud.call({ method: 'GET', path }).then(() => true))) ?? false
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 403) return undefined
    throw error
  }
}

/** A repository by its name, or by its owner and name. */
export const findRepository: Lookup = async ({ name, full_name: full }, cloud) => {
  const [owner = '', repo = ''] = typeof full === 'string' ? full.split('/') : [cloud.owner, String(name)]
  const said = await ifThere(cloud.call({ method: 'GET', path: fill('/repos/{owner}/{repo}', { owner, repo }) }))
  if (said === null) throw new ApiRefusal(404, `There is no repository ${owner}/${repo}.`)
  return shows(objectIn(said) ?? {})
}

/** A person, for whoever needs a number. */
export const findUser: Lookup = async ({ username }, cloud) => {
  const said = objectIn(await cloud.call({ method: 'GET', path: fill('/users/{username}', { username }) })) ?? {}
  return { ...said, username: said['login'] }
}
