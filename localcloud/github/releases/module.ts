import type { Module } from '../front/app.ts'
import { assetRoutes, fileRoutes } from './assets.ts'
import { finishPublications } from './publish.ts'
import { releaseRoutes } from './routes.ts'
import { tables } from './schema.ts'

// Files first: `assets` looks like the number of a release.
export const releases: Module = {
  tables,
  wire: finishPublications,
  rest: [assetRoutes, releaseRoutes],
  root: [fileRoutes],
}
