import { readFileSync } from 'node:fs'
import { modules } from '../modules.ts'
import type { World } from '../world.ts'
import { publishedOperations } from './openapi.ts'

/** What a GitHub for this project serves first: families of routes, each whole. */
const families = [
  '/user',
  '/user/repos',
  '/users/{username}',
  '/orgs/{org}',
  '/orgs/{org}/(hooks|members|memberships|repos|teams)/**',
  '/repos/{owner}/{repo}',
  '/repos/{owner}/{repo}/(collaborators|topics|git|contents|readme|branches)/**',
  '/repos/{owner}/{repo}/(issues|labels|milestones|assignees|pulls)/**',
  '/repos/{owner}/{repo}/(hooks|statuses|deployments|environments|dispatches|releases|rules|rulesets)/**',
  '/repos/{owner}/{repo}/(check-runs|check-suites|commits)/**',
  '/repos/{owner}/{repo}/actions/(artifacts|jobs|runs|secrets|variables|workflows)/**',
].map((text) => new RegExp(`^${text.replaceAll(/[{}]/g, '\\$&').replace('/**', '(/.*)?')}$`))

const bare = (path: string) => path.replaceAll(/\{\w+\}/g, '{}')

test('the document lists what is missing of the routes that matter', () => {
  // A table of routes is made without looking at the world.
  const tables = modules.flatMap(({ rest = [] }) => rest.map((part) => part({} as World)))
  const served = new Set(
    tables.flatMap(({ routes }) =>
      routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+(\{[^}]*\})?/g, '{}')}`),
    ),
  )
  const missing = new Map<string, string[]>()
  for (const { method, path } of publishedOperations()) {
    if (!families.some((family) => family.test(path)) || served.has(`${method} ${bare(path)}`)) continue
    missing.set(path, [...(missing.get(path) ?? []), method])
  }
  const lines = [...missing].map(([path, methods]) => `${methods.toSorted().join(' ')} ${path}`)
  const text = readFileSync(new URL('../../../docs/local-github.md', import.meta.url), 'utf8')
  const [, listed = ''] = /```text\n([^]*?)```/.exec(text) ?? []
  expect(listed.trim().split('\n')).toEqual(lines)
})
