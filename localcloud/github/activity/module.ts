import type { Module } from '../front/app.ts'
import { pictureRoutes } from './pictures.ts'
import { activityRoutes } from './routes.ts'

export const activity: Module = { rest: [activityRoutes], root: [pictureRoutes] }
