import type { Module } from '../front/app.ts'
import { contentRoutes } from './routes.ts'

export const contents: Module = { rest: [contentRoutes] }
