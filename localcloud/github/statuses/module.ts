import type { Module } from '../front/app.ts'
import { latestStatusesOf } from './queries.ts'
import { statusRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const statuses: Module = {
  tables,
  wire: ({ contexts, store }) =>
    contexts.add((repository, sha) => {
      const latest = latestStatusesOf(store, repository, sha)
      return new Map(latest.map(({ context, state }) => [context, state === 'error' ? 'failure' : state]))
    }),
  rest: [statusRoutes],
}
