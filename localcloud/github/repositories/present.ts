import { organizationJson, userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import type { Site } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { isAtLeast } from './schema.ts'
import type { Repository, Role } from './schema.ts'

/** The addresses of a repository's parts, as GitHub writes them behind its own. */
const links = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
}

export function repositoryUrl(site: Site, repository: { readonly full_name: string }): string {
  return `${site.api}/repos/${repository.full_name}`
}

/** A repository as lists, searches and webhooks show it. */
export function repositoryJson(store: Store, site: Site, repository: Repository): Json {
  const url = repositoryUrl(site, repository)
  const { owner, settings } = repository
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: repository.full_name,
    private: repository.visibility !== 'public',
    owner: userJson(site, owner),
    ...addressesOf(site, repository, url),
    description: repository.description,
    fork: repository.parent_id !== null,
    homepage: repository.homepage,
    language: repository.language,
    size: 0,
    ...countsOf(store, repository),
    default_branch: repository.default_branch,
    is_template: repository.is_template,
    topics: repository.topics,
    has_issues: settings.has_issues,
    has_projects: settings.has_projects,
    has_wiki: settings.has_wiki,
    has_pages: false,
    has_downloads: settings.has_downloads,
    has_discussions: settings.has_discussions,
    archived: repository.archived,
    disabled: false,
    visibility: repository.visibility,
    allow_forking: settings.allow_forking,
    web_commit_signoff_required: settings.web_commit_signoff_required,
    mirror_url: null,
    license: null,
    pushed_at: isoTime(repository.pushed_at),
    created_at: isoTime(repository.created_at),
    updated_at: isoTime(repository.updated_at),
  }
}

/** What the caller may do, as part of a repository. */
export function permissionsJson(role: Role): Json {
  const permissions = {
    admin: role === 'admin',
    maintain: isAtLeast(role, 'maintain'),
    push: isAtLeast(role, 'write'),
    triage: isAtLeast(role, 'triage'),
    pull: isAtLeast(role, 'read'),
  }
  return { permissions }
}

/** The additions of `GET /repos/{owner}/{repo}` that only those who may push see in full. */
export function fullRepositoryJson(store: Store, site: Site, repository: Repository, role: Role): Json {
  const { has_downloads: _, ...settings } = repository.settings
  return {
    ...repositoryJson(store, site, repository),
    ...permissionsJson(role),
    ...(isAtLeast(role, 'write') ? { ...settings, temp_clone_token: '' } : {}),
    custom_properties: {},
    ...(repository.owner.type === 'Organization' ? { organization: userJson(site, repository.owner) } : {}),
    network_count: store.count(sql`select count(*) as count from repositories where parent_id = ${repository.id}`),
    subscribers_count: 1,
  }
}

/** The members that every webhook body about a repository has. */
export function hookRepositoryJson(store: Store, site: Site, repository: Repository): Json {
  const { owner } = repository
  return {
    repository: { ...repositoryJson(store, site, repository), custom_properties: {} },
    ...(owner.type === 'Organization' ? { organization: organizationJson(site, owner) } : {}),
  }
}

function addressesOf(site: Site, repository: Repository, url: string): Json {
  const html = `${site.html}/${repository.full_name}`
  const host = new URL(site.html).host
  return {
    html_url: html,
    url,
    ...Object.fromEntries(Object.entries(links).map(([name, path]) => [name, `${url}${path}`])),
    // The API's own addresses of statuses and merges, then those for git.
    git_url: `git://${host}/${repository.full_name}.git`,
    ssh_url: `git@${host}:${repository.full_name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
  }
}

function countsOf(store: Store, { id }: Repository): Json {
  const forks = store.count(sql`select count(*) as count from repositories where parent_id = ${id}`)
  const stars = store.count(sql`select count(*) as count from stars where repository_id = ${id}`)
  const issues = store.count(sql`select count(*) as count from issues where repository_id = ${id} and state = 'open'`)
  return {
    forks,
    forks_count: forks,
    open_issues: issues,
    open_issues_count: issues,
    stargazers_count: stars,
    watchers: stars,
    watchers_count: stars,
  }
}
