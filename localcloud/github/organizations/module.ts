import type { Module } from '../front/app.ts'
import { organizationRoutes } from './routes.ts'
import { tables } from './schema.ts'
import { teamRoutes } from './teams.ts'

export const organizations: Module = { tables, rest: [organizationRoutes, teamRoutes] }
