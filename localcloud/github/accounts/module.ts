import { Hono } from 'hono'
import type { Module } from '../front/app.ts'
import type { Env, World } from '../world.ts'
import { userRoutes } from './routes.ts'
import { tables } from './schema.ts'

export const accounts: Module = {
  tables,
  rest: (world: World) => new Hono<Env>().route('/', userRoutes(world)),
}
