import { accountNodeId } from '../../accounts/present.ts'
import type { Json } from '../../accounts/present.ts'
import { accountByLogin, membersOf, membershipOf, organizationsOf } from '../../accounts/queries.ts'
import type { Account } from '../../accounts/schema.ts'
import { isoTime } from '../../platform/site.ts'
import { sql } from '../../platform/sql.ts'
import { repositoriesWhere, repositoryNamed } from '../../repositories/queries.ts'
import { mayRead } from '../access.ts'
import { unresolved } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { escaped } from '../text.ts'
import { issuesBy } from './issues.ts'
import { repositoryList } from './repositories.ts'
import type { RepositoryArgs } from './repositories.ts'

/** A user, an organisation or a bot. */
export function accountNode(g: Graph, account: Account): Json {
  const { id, login, type, created_at, updated_at } = account
  const { html } = g.world.site
  return {
    __typename: type,
    id: accountNodeId(account),
    databaseId: id,
    login,
    avatarUrl: `${html}/avatars/u/${id}?v=4`,
    url: `${html}/${login}`,
    resourcePath: `/${login}`,
    createdAt: isoTime(created_at),
    updatedAt: isoTime(updated_at),
    ...(type === 'Bot' ? {} : ownerFields(g, account)),
    ...(type === 'User' ? userFields(g, account) : {}),
    ...(type === 'Organization' ? organizationFields(g, account) : {}),
  }
}

/** What users and organisations have alike. */
function ownerFields(g: Graph, account: Account): Json {
  const { login, name, location, blog } = account
  const { html } = g.world.site
  return {
    name,
    location,
    websiteUrl: blog || null,
    repositories: (args: RepositoryArgs) => repositoryList(g, account, args),
    repository: ({ name: wanted }: { name: string }) => repositoryNode(g, login, wanted),
    projectsUrl: `${html}/${login}?tab=projects`,
    projectsResourcePath: `/${login}?tab=projects`,
    ...g.show.projectOwner(g, { account }),
  }
}

function repositoryNode(g: Graph, owner: string, name: string): Json {
  const repository = repositoryNamed(g.world.store, owner, name)
  if (!repository || !mayRead(g, repository)) throw unresolved(`a Repository with the name '${owner}/${name}'`)
  return g.show.repository(g, repository)
}

function userFields(g: Graph, account: Account): Json {
  const { id, login, email, bio, company } = account
  const { store, site } = g.world
  return {
    email: email ?? '',
    bio,
    bioHTML: escaped(bio ?? ''),
    company,
    companyHTML: escaped(company ?? ''),
    isViewer: id === g.caller.user.id,
    viewerCanCreateProjects: id === g.caller.user.id,
    viewerCanChangePinnedItems: id === g.caller.user.id,
    userViewType: id === g.caller.user.id ? 'PRIVATE' : 'PUBLIC',
    organizations: () => listOf(organizationsOf(store, id), (each) => g.show.account(g, each)),
    organization: ({ login: wanted }: { login: string }) => {
      const organization = organizationsOf(store, id).find((each) => each.login.toLowerCase() === wanted.toLowerCase())
      return organization ? g.show.account(g, organization) : null
    },
    organizationVerifiedDomainEmails: [],
    starredRepositories: () => starred(g, id),
    ...issuesBy(g, id),
    projectsUrl: `${site.html}/users/${login}/projects`,
    projectsResourcePath: `/users/${login}/projects`,
  }
}

function starred(g: Graph, user: number): List {
  const mine = sql`id in (select repository_id from stars where user_id = ${user})`
  const repositories = repositoriesWhere(g.world.store, mine).filter((each) => mayRead(g, each))
  return listOf(repositories, (each) => g.show.repository(g, each), {
    edge: ({ updated_at }) => ({ starredAt: isoTime(updated_at) }),
    connection: { isOverLimit: false },
  })
}

function organizationFields(g: Graph, account: Account): Json {
  const { id, login, email, bio } = account
  const { store, site } = g.world
  const own = membershipOf(store, id, g.caller.user.id)
  const isMember = own?.state === 'active'
  const isOwner = isMember && own.role === 'admin'
  return {
    email,
    description: bio,
    descriptionHTML: escaped(bio ?? ''),
    viewerIsAMember: isMember,
    viewerCanAdminister: isOwner,
    viewerCanCreateRepositories: isMember,
    viewerCanCreateProjects: isMember,
    viewerCanCreateTeams: isOwner,
    viewerCanChangePinnedItems: isOwner,
    membersWithRole: () =>
      listOf(membersOf(store, id), (each) => g.show.account(g, each), {
        edge: (member) => ({
          hasTwoFactorEnabled: null,
          role: membershipOf(store, id, member.id)?.role === 'admin' ? 'ADMIN' : 'MEMBER',
        }),
      }),
    teamsUrl: `${site.html}/orgs/${login}/teams`,
    teamsResourcePath: `/orgs/${login}/teams`,
    newTeamUrl: `${site.html}/orgs/${login}/new-team`,
    newTeamResourcePath: `/orgs/${login}/new-team`,
    projectsUrl: `${site.html}/orgs/${login}/projects`,
    projectsResourcePath: `/orgs/${login}/projects`,
  }
}

/** The account of this login and kind. */
export function accountCalled(g: Graph, login: string, type: 'User' | 'Organization'): Account {
  const account = accountByLogin(g.world.store, login)
  if (account?.type === type) return account
  throw unresolved(`${type === 'User' ? 'a User' : 'an Organization'} with the login of '${login}'`)
}
