import type { Module } from '../front/app.ts'
import { secretRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const secrets: Module = { tables, rest: [secretRoutes] }
