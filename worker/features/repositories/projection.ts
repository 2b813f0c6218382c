import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { runId } from '../deployments/projection.ts'
import type { Change, Source } from '../resources/projection.ts'
import { declared, declaringType, distinct } from './declared.ts'

/**
 * Follows the resources that declare repositories, in the batch that has changed them and after that. Whether a state
 * holds a repository is read from the resources, so that it does not matter in which order two states pass one on.
 */
export function changeRepositories(source: Source, changes: readonly Change[]): Statement[] {
  const declaring = changes.filter(({ before, item }) => (item?.facts ?? before)?.type === declaringType)
  if (declaring.length === 0) return []
  const rows = JSON.stringify(distinct(declaring.flatMap(({ item }) => declared(item?.attributes ?? null))))
  const addresses = JSON.stringify(declaring.map(({ address }) => address))
  return [freeNames(rows), upsert(source, rows), bind(source, addresses, rows), recount]
}

/** A name that another repository has now was given up by the one that had it: no state may fail on that. */
function freeNames(rows: string): Statement {
  return sql`update github_repositories set repo_full_name = repo_full_name || '@' || id where id in (
    select r.id from json_each(${rows}) w cross join github_repositories r on r.repo_full_name = w.value ->> 'repo_full_name'
    where r.repo_id is not w.value ->> 'repo_id')`
}

function upsert({ at }: Source, rows: string): Statement {
  return sql`insert into github_repositories (repo_id, repo_owner, repo_name, repo_full_name, description, visibility,
      default_branch, has_issues, has_projects, has_wiki, homepage_url, topics, archived, created_at, updated_at)
    select value ->> 'repo_id', value ->> 'repo_owner', value ->> 'repo_name', value ->> 'repo_full_name',
      value ->> 'description', value ->> 'visibility', value ->> 'default_branch', value ->> 'has_issues',
      value ->> 'has_projects', value ->> 'has_wiki', value ->> 'homepage_url', value -> 'topics', value ->> 'archived',
      ${at}, ${at}
    from json_each(${rows}) where true
    on conflict (repo_id) do update set repo_owner = excluded.repo_owner, repo_name = excluded.repo_name,
      repo_full_name = excluded.repo_full_name, description = excluded.description, visibility = excluded.visibility,
      default_branch = excluded.default_branch, has_issues = excluded.has_issues, has_projects = excluded.has_projects,
      has_wiki = excluded.has_wiki, homepage_url = excluded.homepage_url, topics = excluded.topics,
      archived = excluded.archived`
}

/**
 * Ties repositories to the newest resource that holds them. The type is literal and the plus takes the column's affinity
 * away, or the index on what JSON holds is not used.
 */
function bind({ key, at }: Source, addresses: string, rows: string): Statement {
  return sql`update github_repositories as r set updated_at = ${at}, (resource_id, terraform_managed, last_deployment_id) = (
      select max(m.id), count(*) > 0, coalesce(m.changed_by, ${runId(key)}) from managed_resources m
      where m.type = 'github_repository' and m.attributes ->> 'repo_id' = +r.repo_id and m.status in ('active', 'tainted'))
    where r.id in (
      select held.id from json_each(${addresses}) a
        join managed_resources m on m.state_id = (select id from states where name = ${key.state}) and m.address = a.value
        join github_repositories held on held.resource_id = m.id
      union all
      select named.id from json_each(${rows}) w join github_repositories named on named.repo_id = w.value ->> 'repo_id')`
}

/** Repositories are few and seldom change: they are counted anew. */
const recount = sql`insert into counters (scope, key, n)
  select 'repositories', 'total', count(*) from github_repositories where terraform_managed = 1
  on conflict do update set n = excluded.n`
