import type { Module } from '../front/app.ts'
import { environmentRoutes } from './environments.ts'
import { deploymentRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const deployments: Module = { tables, rest: [deploymentRoutes, environmentRoutes] }
