import type { Module } from '../front/app.ts'
import { copyRoutes } from './copies.ts'
import { repositoryRoutes } from './routes.ts'
import { tables } from './schema.ts'
import { sharingRoutes } from './sharing.ts'

export const repositories: Module = { tables, rest: [repositoryRoutes, copyRoutes, sharingRoutes] }
