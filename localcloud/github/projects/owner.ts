import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { demandScopes } from '../graphql/access.ts'
import { unresolved } from '../graphql/failure.ts'
import type { Graph } from '../graphql/graph.ts'
import { listOf } from '../graphql/lists.ts'
import type { List } from '../graphql/lists.ts'
import type { Issue } from '../issues/schema.ts'
import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import { isVisible } from './access.ts'
import { itemList } from './nodes.ts'
import { itemsWhere, projectById, projectsWhere } from './queries.ts'
import type { Project } from './schema.ts'

type Order = { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
type Ordered = { readonly orderBy?: Order; readonly query?: string | null }

/** What owns projects, or is part of some. */
export type Owner = { readonly account: Account } | { readonly repository: Repository } | { readonly issue: Issue }

/** The project fields of accounts, repositories, issues and pull requests. */
export function ownerFields(g: Graph, owner: Owner): Json {
  const scope = scopeOf(owner)
  const list = (args: Ordered) => {
    demandScopes(g, 'projectsV2', ['read:project', 'project'])
    return projectList(g, scope, args)
  }
  return {
    projectsV2: list,
    recentProjects: () => list({ orderBy: { field: 'UPDATED_AT', direction: 'DESC' } }),
    projectV2: ({ number }: { number: number }) => {
      demandScopes(g, 'projectV2', ['read:project', 'project'])
      const [project] = projectsWhere(g.world.store, sql`${scope} and number = ${number}`)
      if (!project || !isVisible(g, project)) throw unresolved(`a ProjectV2 with the number ${number}`)
      return g.show.project(g, project)
    },
    ...('issue' in owner
      ? { projectItems: (args: { includeArchived?: boolean | null }) => itemsFor(g, owner.issue, args) }
      : {}),
  }
}

function scopeOf(owner: Owner): Statement {
  if ('account' in owner) return sql`owner_id = ${owner.account.id}`
  if ('repository' in owner)
    return sql`id in (select project_id from project_repositories where repository_id = ${owner.repository.id})`
  return sql`id in (select project_id from project_items where issue_id = ${owner.issue.id})`
}

const orders: Record<string, (project: Project) => string | number> = {
  NUMBER: ({ number }) => number,
  TITLE: ({ title }) => title.toLowerCase(),
  CREATED_AT: ({ created_at }) => created_at,
  UPDATED_AT: ({ updated_at }) => updated_at,
}

function projectList(g: Graph, scope: Statement, { orderBy, query }: Ordered): List {
  const isWanted = filterFor(query ?? '')
  const found = projectsWhere(g.world.store, scope).filter((project) => isVisible(g, project) && isWanted(project))
  const by = orders[orderBy?.field ?? 'NUMBER'] ?? (({ number }: Project) => number)
  const ordered = found.toSorted((a, b) => compare(by(a), by(b)) || a.id - b.id)
  return listOf(orderBy?.direction === 'ASC' ? ordered : ordered.toReversed(), (each) => g.show.project(g, each))
}

/** Words of the title, and `is:open` or `is:closed`. */
function filterFor(query: string): (project: Project) => boolean {
  const [, state] = /\bis:(open|closed)\b/.exec(query) ?? []
  const words = query
    .replaceAll(/\b\w+:\S+/g, '')
    .trim()
    .toLowerCase()
  return ({ title, closed_at }) =>
    title.toLowerCase().includes(words) && (state === undefined || (state === 'closed') === (closed_at !== null))
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b)
}

function itemsFor(g: Graph, issue: Issue, { includeArchived }: { includeArchived?: boolean | null }): List {
  demandScopes(g, 'projectItems', ['read:project', 'project'])
  const items = itemsWhere(g.world.store, sql`issue_id = ${issue.id}`).filter((item) => {
    const project = projectById(g.world.store, item.project_id)
    return project && isVisible(g, project) && (includeArchived !== false || item.archived_at === null)
  })
  return itemList(g, items)
}
