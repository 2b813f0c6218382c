import type { Module } from '../front/app.ts'
import { latestRuns, runsAt } from './queries.ts'
import { runRoutes } from './routes.ts'
import { stateOf, tables } from './schema.ts'
import { suiteRoutes } from './suites.ts'

export const checks: Module = {
  tables,
  // A branch may require a check by its name, as it may a status.
  wire: ({ contexts, store }) =>
    contexts.add(
      (repository, sha) => new Map(latestRuns(runsAt(store, repository, sha)).map((run) => [run.name, stateOf(run)])),
    ),
  rest: [runRoutes, suiteRoutes],
}
