import type { Module } from '../front/app.ts'
import { repositoryRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const repositories: Module = { tables, rest: repositoryRoutes }
