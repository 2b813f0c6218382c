import type { Module } from '../front/app.ts'
import { archiveRoutes, rawRoutes } from './downloads.ts'
import { contentRoutes } from './routes.ts'

export const contents: Module = { rest: [contentRoutes, archiveRoutes], root: [rawRoutes] }
