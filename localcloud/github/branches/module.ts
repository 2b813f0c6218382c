import type { Module } from '../front/app.ts'
import { guardBranches } from './guard.ts'
import { protectionRoutes } from './protection.ts'
import { restrictionRoutes } from './restrictions.ts'
import { branchRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const branches: Module = {
  tables,
  wire: guardBranches,
  rest: [restrictionRoutes, protectionRoutes, branchRoutes],
}
