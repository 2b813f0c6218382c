import type { Module } from '../front/app.ts'
import { copyRoutes } from './copies.ts'
import { grantTables } from './grants.ts'
import { repositoryRoutes } from './routes.ts'
import { tables } from './schema.ts'
import { sharingRoutes } from './sharing.ts'

export const repositories: Module = {
  tables: tables + grantTables,
  rest: [repositoryRoutes, copyRoutes, sharingRoutes],
}
