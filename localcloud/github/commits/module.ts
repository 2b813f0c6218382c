import type { Module } from '../front/app.ts'
import { databaseRoutes } from './database.ts'
import { refRoutes } from './refs.ts'
import { commitRoutes } from './routes.ts'
import { treeRoutes } from './trees.ts'

/** Comes after all that says something about a commit: a ref in a path may hold slashes, and takes whatever is left. */
export const commits: Module = { rest: [databaseRoutes, treeRoutes, refRoutes, commitRoutes] }
