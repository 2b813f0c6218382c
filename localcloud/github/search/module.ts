import type { Module } from '../front/app.ts'
import { searchRoutes } from './routes.ts'

export const search: Module = { rest: [searchRoutes] }
