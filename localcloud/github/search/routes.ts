import { routesOf } from '../front/routes.ts'
import { issueJson } from '../issues/present.ts'
import { countIssues, issuesWhere } from '../issues/queries.ts'
import { linkPages, pageOf } from '../platform/pages.ts'
import { Problem, validationFailed } from '../platform/problem.ts'
import { repositoryJson } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Call, World } from '../world.ts'
import { issuesFor } from './issues.ts'
import { repositoriesFor } from './repositories.ts'
import { searcherOf } from './searcher.ts'

/** Searches of REST. Nobody is shown more than a thousand results. */
export const searchRoutes = routesOf({
  'GET /search/issues': searchIssues,
  'GET /search/repositories': searchRepositories,
})

const most = 1000

function searchIssues(world: World, c: Call): Response {
  const { store } = world
  const { condition, order } = issuesFor(searcherOf(store, c.get('caller')), textOf(c))
  const page = openPage(c)
  const total = countIssues(store, condition)
  linkPages(c, page, Math.min(total, most))
  const items = issuesWhere(store, condition, order, page).flatMap((issue) => {
    const repository = repositoryById(store, issue.repository_id)
    return repository ? [{ ...issueJson(world, repository, issue), score: 1 }] : []
  })
  return c.json({ total_count: total, incomplete_results: false, search_type: 'lexical', items })
}

function searchRepositories(world: World, c: Call): Response {
  const { store, site } = world
  const found = repositoriesFor(searcherOf(store, c.get('caller')), textOf(c))
  const page = openPage(c)
  linkPages(c, page, Math.min(found.length, most))
  const shown = found.slice(page.offset, page.offset + page.size)
  const items = shown.map((repository) => ({ ...repositoryJson(store, site, repository), score: 1 }))
  return c.json({ total_count: found.length, incomplete_results: false, items })
}

/** The search, with the order that REST gives beside it. */
function textOf(c: Call): string {
  const { q = '', sort, order } = c.req.query()
  if (q.trim() === '') throw validationFailed({ resource: 'Search', field: 'q', code: 'missing' })
  return sort === undefined ? q : `${q} sort:${sort}-${order ?? 'desc'}`
}

function openPage(c: Call) {
  const page = pageOf(c)
  if (page.offset >= most) throw new Problem(422, 'Only the first 1000 search results are available')
  return page
}
