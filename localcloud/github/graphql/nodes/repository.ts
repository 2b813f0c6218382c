import type { Json } from '../../accounts/present.ts'
import { Account } from '../../accounts/schema.ts'
import { protectionsOf } from '../../branches/queries.ts'
import { issueNumbered, labelNamed, labelsIn, milestoneNumbered } from '../../issues/queries.ts'
import { Milestone } from '../../issues/schema.ts'
import { nodeId } from '../../platform/ids.ts'
import { isoTime } from '../../platform/site.ts'
import { every, sql } from '../../platform/sql.ts'
import { roleOf, roleOfCaller } from '../../repositories/access.ts'
import { repositoryById } from '../../repositories/queries.ts'
import { isAtLeast } from '../../repositories/schema.ts'
import type { Repository } from '../../repositories/schema.ts'
import { collaboratorsOf } from '../../repositories/sharing.ts'
import { may, mayRead } from '../access.ts'
import { unresolved } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { listBy, listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { escaped } from '../text.ts'
import { accountsList, labelList } from './conversation.ts'
import type { LabelArgs } from './conversation.ts'
import { issueLists } from './issues.ts'
import { refFields } from './refs.ts'
import { releaseFields } from './release.ts'
import { repositoriesThat } from './repositories.ts'
import type { RepositoryArgs } from './repositories.ts'

export function repositoryNode(g: Graph, repository: Repository): Json {
  const { id, name, full_name, description, homepage, owner } = repository
  const { site } = g.world
  return {
    __typename: 'Repository',
    id: nodeId('Repository', id),
    databaseId: id,
    name,
    nameWithOwner: full_name,
    owner: () => g.show.account(g, owner),
    description,
    descriptionHTML: `<div>${escaped(description ?? '')}</div>`,
    shortDescriptionHTML: escaped(description ?? ''),
    homepageUrl: homepage,
    url: `${site.html}/${full_name}`,
    resourcePath: `/${full_name}`,
    sshUrl: `git@${new URL(site.html).host}:${full_name}.git`,
    mirrorUrl: null,
    openGraphImageUrl: `${site.html}/avatars/u/${owner.id}?v=4`,
    projectsUrl: `${site.html}/${full_name}/projects`,
    projectsResourcePath: `/${full_name}/projects`,
    ...stateFields(repository),
    ...settingFields(repository),
    ...viewerFields(g, repository),
    ...relationFields(g, repository),
    ...peopleFields(g, repository),
    ...conversationFields(g, repository),
    ...refFields(g, repository),
    ...releaseFields(g, repository),
    branchProtectionRules: () =>
      listOf(protectionsOf(g.world.store, id), (each) => g.show.protection(g, repository, each)),
    ...g.show.projectOwner(g, { repository }),
  }
}

function stateFields(repository: Repository): Json {
  const { visibility, owner } = repository
  return {
    createdAt: isoTime(repository.created_at),
    updatedAt: isoTime(repository.updated_at),
    pushedAt: isoTime(repository.pushed_at),
    visibility: visibility.toUpperCase(),
    isPrivate: visibility !== 'public',
    isFork: repository.parent_id !== null,
    isTemplate: repository.is_template,
    isArchived: repository.archived,
    archivedAt: repository.archived ? isoTime(repository.updated_at) : null,
    isInOrganization: owner.type === 'Organization',
    isBlankIssuesEnabled: true,
    diskUsage: 0,
  }
}

function settingFields({ settings, topics }: Repository): Json {
  return {
    hasIssuesEnabled: settings.has_issues,
    hasProjectsEnabled: settings.has_projects,
    hasWikiEnabled: settings.has_wiki,
    hasDiscussionsEnabled: settings.has_discussions,
    forkingAllowed: settings.allow_forking,
    mergeCommitAllowed: settings.allow_merge_commit,
    squashMergeAllowed: settings.allow_squash_merge,
    rebaseMergeAllowed: settings.allow_rebase_merge,
    autoMergeAllowed: settings.allow_auto_merge,
    allowUpdateBranch: settings.allow_update_branch,
    deleteBranchOnMerge: settings.delete_branch_on_merge,
    squashPrTitleUsedAsDefault: settings.use_squash_pr_title_as_default,
    squashMergeCommitTitle: settings.squash_merge_commit_title,
    squashMergeCommitMessage: settings.squash_merge_commit_message,
    mergeCommitTitle: settings.merge_commit_title,
    mergeCommitMessage: settings.merge_commit_message,
    webCommitSignoffRequired: settings.web_commit_signoff_required,
    repositoryTopics: () => listBy((name) => name, topics, topicNode),
  }
}

function topicNode(name: string): Json {
  const path = `/topics/${name}`
  const topic = { id: `MDU6VG9waWM${name}`, name }
  return { id: topic.id, topic, url: `https://github.com${path}`, resourcePath: path }
}

function viewerFields(g: Graph, repository: Repository): Json {
  const { store } = g.world
  const role = roleOfCaller(store, repository, g.caller)
  const isAdmin = role === 'admin'
  const key = sql`repository_id = ${repository.id} and user_id = ${g.caller.user.id}`
  return {
    viewerPermission: role.toUpperCase(),
    viewerCanAdminister: isAdmin,
    viewerCanCreateProjects: isAtLeast(role, 'write'),
    viewerCanUpdateTopics: isAdmin,
    viewerCanSubscribe: true,
    viewerHasStarred: () => store.count(sql`select count(*) as count from stars where ${key}`) > 0,
    viewerSubscription: repository.owner_id === g.caller.user.id ? 'SUBSCRIBED' : 'UNSUBSCRIBED',
    viewerDefaultMergeMethod: 'MERGE',
    viewerDefaultCommitEmail: g.caller.user.email,
    viewerPossibleCommitEmails: g.caller.user.email === null ? [] : [g.caller.user.email],
    tempCloneToken: null,
  }
}

function relationFields(g: Graph, repository: Repository): Json {
  const { store } = g.world
  const other = (id: number | null) => {
    const found = id === null ? null : repositoryById(store, id)
    return found && mayRead(g, found) ? g.show.repository(g, found) : null
  }
  const forks = sql`parent_id = ${repository.id}`
  const stars = sql`select count(*) as count from stars where repository_id = ${repository.id}`
  return {
    parent: () => other(repository.parent_id),
    templateRepository: () => other(repository.template_id),
    forks: (args: RepositoryArgs) => repositoriesThat(g, forks, args),
    forkCount: () => store.count(sql`select count(*) as count from repositories where ${forks}`),
    stargazerCount: () => store.count(stars),
    stargazers: () => stargazers(g, repository),
    watchers: () => accountsList(g, repository.owner.type === 'User' ? [repository.owner] : []),
    languages: () =>
      listBy(
        (name: string) => name,
        [],
        () => null,
        { connection: { totalSize: 0 } },
      ),
    primaryLanguage: null,
  }
}

function stargazers(g: Graph, { id, updated_at }: Repository): List {
  const users = g.world.store.all(
    sql`select accounts.* from stars join accounts on accounts.id = user_id
      where repository_id = ${id} order by starred_at, accounts.id limit 10000`,
    Account,
  )
  return listOf(users, (user) => g.show.account(g, user), { edge: () => ({ starredAt: isoTime(updated_at) }) })
}

type PeopleArgs = { readonly query?: string | null; readonly login?: string | null }

function peopleFields(g: Graph, repository: Repository): Json {
  const { store } = g.world
  const people = ({ query, login }: PeopleArgs) =>
    collaboratorsOf(store, repository).filter(
      (user) =>
        (!login || user.login.toLowerCase() === login.toLowerCase()) &&
        `${user.login} ${user.name ?? ''}`.toLowerCase().includes(query?.toLowerCase() ?? ''),
    )
  const users = (args: PeopleArgs) => accountsList(g, people(args))
  return {
    assignableUsers: users,
    mentionableUsers: users,
    collaborators: (args: PeopleArgs) =>
      may(g, repository, 'write')
        ? listOf(people(args), (user) => g.show.account(g, user), {
            edge: (user) => ({ permission: roleOf(store, repository, user).toUpperCase() }),
          })
        : null,
  }
}

type MilestoneArgs = {
  readonly states?: readonly string[] | null
  readonly query?: string | null
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

function conversationFields(g: Graph, repository: Repository): Json {
  const { store } = g.world
  const numbered = (number: number) => issueNumbered(store, repository.id, number)
  const issueOf = (number: number, is: (isPull: boolean) => boolean, what: string) => {
    const issue = numbered(number)
    if (!issue || !is(issue.is_pull)) throw unresolved(`${what} with the number of ${number}`)
    return g.show.issue(g, repository, issue)
  }
  return {
    ...issueLists(g, sql`repository_id = ${repository.id}`),
    issue: ({ number }: { number: number }) => issueOf(number, (isPull) => !isPull, 'an Issue'),
    pullRequest: ({ number }: { number: number }) => issueOf(number, (isPull) => isPull, 'a PullRequest'),
    issueOrPullRequest: ({ number }: { number: number }) => issueOf(number, () => true, 'an issue or pull request'),
    label: ({ name }: { name: string }) => {
      const label = labelNamed(store, repository.id, name)
      return label && g.show.label(g, repository, label)
    },
    labels: (args: LabelArgs) => labelList(g, repository, labelsIn(store, repository.id), args),
    milestone: ({ number }: { number: number }) => {
      const milestone = milestoneNumbered(store, repository.id, number)
      return milestone && g.show.milestone(g, repository, milestone)
    },
    milestones: (args: MilestoneArgs) =>
      listOf(milestonesOf(g, repository, args), (each) => g.show.milestone(g, repository, each)),
  }
}

const milestoneColumns: Record<string, ReturnType<typeof sql>> = {
  CREATED_AT: sql`created_at`,
  UPDATED_AT: sql`updated_at`,
  DUE_DATE: sql`due_on`,
  NUMBER: sql`number`,
}

function milestonesOf(g: Graph, { id }: Repository, { states, query, orderBy }: MilestoneArgs): Milestone[] {
  const column = milestoneColumns[orderBy?.field ?? 'NUMBER'] ?? sql`number`
  const order = orderBy?.direction === 'DESC' ? sql`${column} desc, id desc` : sql`${column}, id`
  const where = every([
    sql`repository_id = ${id}`,
    typeof query === 'string' && sql`instr(lower(title), lower(${query})) > 0`,
  ])
  const found = g.world.store.all(sql`select * from milestones where ${where} order by ${order} limit 10000`, Milestone)
  return states ? found.filter(({ state }) => states.includes(state.toUpperCase())) : found
}
