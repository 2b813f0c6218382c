import type { Account } from '../../accounts/schema.ts'
import { every, join, sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { repositoriesWhere } from '../../repositories/queries.ts'
import type { Repository } from '../../repositories/schema.ts'
import { mayRead } from '../access.ts'
import type { Graph } from '../graph.ts'
import { listOf } from '../lists.ts'
import type { List } from '../lists.ts'

type Affiliation = 'OWNER' | 'COLLABORATOR' | 'ORGANIZATION_MEMBER'

/** What the lists of repositories take. */
export type RepositoryArgs = {
  readonly affiliations?: readonly Affiliation[] | null
  readonly ownerAffiliations?: readonly Affiliation[] | null
  readonly privacy?: 'PUBLIC' | 'PRIVATE' | null
  readonly visibility?: 'PUBLIC' | 'PRIVATE' | 'INTERNAL' | null
  readonly isFork?: boolean | null
  readonly isArchived?: boolean | null
  readonly isLocked?: boolean | null
  readonly hasIssuesEnabled?: boolean | null
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

/** The repositories of an account, as far as the caller may see them. */
export function repositoryList(g: Graph, account: Account, args: RepositoryArgs): List {
  const theirs =
    account.type === 'Organization' ? sql`owner_id = ${account.id}` : affiliated(account.id, args.ownerAffiliations)
  const mine = args.affiliations ? affiliated(g.caller.user.id, args.affiliations) : null
  return repositoriesThat(g, every([theirs, mine]), args)
}

/** The repositories of which a condition holds, filtered and ordered as the arguments say. */
export function repositoriesThat(g: Graph, condition: Statement, args: RepositoryArgs): List {
  const conditions = every([condition, ...filters(args)])
  const seen = repositoriesWhere(g.world.store, conditions, orderOf(args)).filter((each) => mayRead(g, each))
  const wanted = seen.filter(
    ({ settings }) => typeof args.hasIssuesEnabled !== 'boolean' || settings.has_issues === args.hasIssuesEnabled,
  )
  return listOf(wanted, (repository: Repository) => g.show.repository(g, repository), {
    connection: { totalDiskUsage: 0 },
  })
}

function affiliated(user: number, wanted: readonly Affiliation[] | null = ['OWNER', 'COLLABORATOR']): Statement {
  const conditions = (wanted ?? ['OWNER', 'COLLABORATOR']).map((each) => affiliations[each](user))
  return conditions.length === 0 ? sql`false` : sql`(${join(conditions, ' or ')})`
}

const affiliations: Record<Affiliation, (user: number) => Statement> = {
  OWNER: (user) => sql`owner_id = ${user}`,
  COLLABORATOR: (user) => sql`id in (select repository_id from collaborators where user_id = ${user})`,
  ORGANIZATION_MEMBER: (user) =>
    sql`owner_id in (select organization_id from memberships where user_id = ${user} and state = 'active')`,
}

function filters({ privacy, visibility, isFork, isArchived, isLocked }: RepositoryArgs): (Statement | false)[] {
  return [
    privacy === 'PUBLIC' && sql`visibility = 'public'`,
    privacy === 'PRIVATE' && sql`visibility <> 'public'`,
    typeof visibility === 'string' && sql`visibility = ${visibility.toLowerCase()}`,
    typeof isFork === 'boolean' && sql`(parent_id is not null) = ${isFork}`,
    typeof isArchived === 'boolean' && sql`archived = ${isArchived}`,
    isLocked === true && sql`false`,
  ]
}

const columns: Record<string, Statement> = {
  CREATED_AT: sql`created_at`,
  UPDATED_AT: sql`updated_at`,
  PUSHED_AT: sql`pushed_at`,
  NAME: sql`name collate nocase`,
  STARGAZERS: sql`(select count(*) from stars where repository_id = repositories.id)`,
}

function orderOf({ orderBy }: RepositoryArgs): Statement {
  const column = columns[orderBy?.field ?? ''] ?? sql`id`
  return orderBy?.direction === 'DESC' ? sql`${column} desc, id desc` : sql`${column}, id`
}
