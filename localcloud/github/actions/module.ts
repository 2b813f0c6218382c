import type { Module } from '../front/app.ts'
import { actionsOf } from './actions.ts'
import { artifactRoutes } from './artifact-routes.ts'
import { downloadRoutes } from './downloads.ts'
import { oidcRoutes } from './oidc.ts'
import { workflowRoutes } from './routes.ts'
import { runRoutes } from './run-routes.ts'
import { tables } from './schema.ts'

export const actions: Module = {
  tables,
  wire: (world) => void actionsOf(world),
  work: (world) => actionsOf(world).start(),
  rest: [workflowRoutes, runRoutes, artifactRoutes],
  root: [downloadRoutes, oidcRoutes],
}
