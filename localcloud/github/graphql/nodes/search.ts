import type { Json } from '../../accounts/present.ts'
import { issuesWhere } from '../../issues/queries.ts'
import { Problem } from '../../platform/problem.ts'
import { issuesFor } from '../../search/issues.ts'
import { repositoriesFor } from '../../search/repositories.ts'
import { searcherOf } from '../../search/searcher.ts'
import type { Graph } from '../graph.ts'
import { List, listOf } from '../lists.ts'
import { shownList } from './issues.ts'

export type SearchArgs = { readonly query: string; readonly type: string }

/** What a search finds: issues with pull requests, or repositories. Of other things there are none. */
export function searchList(g: Graph, { query, type }: SearchArgs): List {
  const { entries } = lists[type]?.(g, query) ?? new List([], {})
  return new List(entries, countsOf(type, entries.length))
}

const lists: Record<string, (g: Graph, query: string) => List> = {
  ISSUE: foundIssues,
  ISSUE_ADVANCED: foundIssues,
  REPOSITORY: (g, query) => {
    const found = repositoriesFor(searcherOf(g.world.store, g.caller), query)
    return listOf(found.slice(0, most), (repository) => g.show.repository(g, repository))
  },
}

const most = 1000

/** REST refuses to search what is not there; GraphQL finds nothing in it. */
function foundIssues(g: Graph, query: string): List {
  const { store } = g.world
  try {
    const { condition, order } = issuesFor(searcherOf(store, g.caller), query)
    return shownList(g, issuesWhere(store, condition, order, { page: 1, size: most, offset: 0 }))
  } catch (error) {
    if (error instanceof Problem) return new List([], {})
    throw error
  }
}

function countsOf(type: string, count: number): Json {
  const none = { issueCount: 0, repositoryCount: 0, userCount: 0, codeCount: 0, discussionCount: 0, wikiCount: 0 }
  return { ...none, [type === 'REPOSITORY' ? 'repositoryCount' : 'issueCount']: count }
}
