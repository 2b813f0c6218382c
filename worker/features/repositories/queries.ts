import { z } from '@hono/zod-openapi'
import { fromBit, fromJson } from '../../platform/columns.ts'
import { idOf } from '../../platform/ids.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time } from '../../platform/sql.ts'
import { deploymentIds } from '../deployments/queries.ts'
import { Repository } from './schema.ts'
import type { RepositoryQuery } from './schema.ts'

const RepositoryRow = Repository.extend({
  row: z.int(),
  has_issues: fromBit,
  has_projects: fromBit,
  has_wiki: fromBit,
  archived: fromBit,
  terraform_managed: fromBit,
  topics: fromJson(Repository.shape.topics),
  resource: z
    .int()
    .transform((row) => idOf('res', row))
    .nullable(),
  last_deployment_id: z.int().nullable(),
})
type RepositoryRow = z.infer<typeof RepositoryRow>

const selected = sql`select r.id as row, r.repo_id, r.repo_owner, r.repo_name, r.repo_full_name, r.description,
  r.visibility, r.default_branch, r.has_issues, r.has_projects, r.has_wiki, r.homepage_url, r.topics, r.archived,
  r.terraform_managed, r.resource_id as resource, r.last_deployment_id,
  ${time('r.created_at')}, ${time('r.updated_at')} from github_repositories r`

/** Repositories share few deployments: their names are read once each. */
async function shown(db: D1Database, rows: readonly RepositoryRow[]): Promise<Repository[]> {
  const ids = rows.map(({ last_deployment_id: id }) => id).filter((id) => id !== null)
  const deployments = await deploymentIds(db, ids)
  return rows.map((row) => {
    const { last_deployment_id: id } = row
    return Repository.parse({ ...row, last_deployment_id: id === null ? null : (deployments.get(id) ?? null) })
  })
}

/** A page of the repositories that a state holds, or of the others, newest first. */
export async function listRepositories(db: D1Database, { managed }: Pick<RepositoryQuery, 'managed'>, page: Page) {
  const after = z.tuple([z.int()]).safeParse(page.after).data?.[0]
  const condition = every([
    sql`r.terraform_managed = ${managed === 'true' ? 1 : 0}`,
    after === undefined ? null : sql`r.id < ${after}`,
  ])
  const found = await sql`${selected} where ${condition} order by r.id desc limit ${page.limit + 1}`.all(
    db,
    RepositoryRow,
  )
  const { rows, next } = closePage(page, found, ({ row }) => [row])
  return { repositories: await shown(db, rows), next }
}

/** The repository that has this name now, in whatever case. */
export async function findRepository(db: D1Database, fullName: string): Promise<Repository | null> {
  const found = await sql`${selected} where r.repo_full_name = ${fullName}`.all(db, RepositoryRow)
  return (await shown(db, found))[0] ?? null
}
