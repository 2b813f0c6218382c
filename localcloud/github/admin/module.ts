import type { Module } from '../front/app.ts'
import { enterpriseRoutes, localRoutes } from './routes.ts'

export const admin: Module = { rest: [enterpriseRoutes], root: [localRoutes] }
