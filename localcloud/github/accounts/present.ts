import { nodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import type { Site } from '../platform/site.ts'
import type { Account } from './schema.ts'

export type Json = Record<string, unknown>

/** The short form in which a user or an organisation appears everywhere (`simple-user`). */
export function userJson(site: Site, account: Pick<Account, 'id' | 'login' | 'type'>): Json {
  const { id, login, type } = account
  // The login of a bot has brackets, and its page is its app's.
  const url = `${site.api}/users/${encodeURIComponent(login)}`
  const page = type === 'Bot' ? `apps/${login.replace('[bot]', '')}` : login
  return {
    login,
    id,
    node_id: accountNodeId(account),
    avatar_url: `${site.html}/avatars/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${site.html}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  }
}

export function userJsonOrNull(site: Site, account: Account | null): Json | null {
  return account === null ? null : userJson(site, account)
}

/** The long form of a user, as `GET /users/{username}` shows it. */
export function publicUserJson(site: Site, account: Account, publicRepositories: number): Json {
  const { name, company, blog, location, email, bio } = account
  return {
    ...userJson(site, account),
    name,
    company,
    blog: blog ?? '',
    location,
    email,
    hireable: null,
    bio,
    twitter_username: null,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: isoTime(account.created_at),
    updated_at: isoTime(account.updated_at),
  }
}

/** The short form of an organisation (`organization-simple`). */
export function organizationJson(site: Site, account: Account): Json {
  const url = `${site.api}/orgs/${account.login}`
  return {
    login: account.login,
    id: account.id,
    node_id: accountNodeId(account),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${site.html}/avatars/u/${account.id}?v=4`,
    description: account.bio,
  }
}

export function accountNodeId(account: Pick<Account, 'id' | 'type'>): string {
  return nodeId(account.type, account.id)
}
