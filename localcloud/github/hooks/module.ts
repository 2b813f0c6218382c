import type { Module } from '../front/app.ts'
import { hookRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const hooks: Module = { tables, rest: [hookRoutes] }
