import type { Module } from '../front/app.ts'
import { userRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const accounts: Module = { tables, rest: [userRoutes] }
