import type { Module } from '../front/app.ts'
import { guardRefs } from './guard.ts'
import { rulesetRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const rulesets: Module = { tables, wire: guardRefs, rest: [rulesetRoutes] }
