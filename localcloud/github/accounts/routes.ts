import { Hono } from 'hono'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf } from '../repositories/access.ts'
import type { Env, Routes, World } from '../world.ts'
import { publicUserJson } from './present.ts'
import { accountByLogin } from './queries.ts'
import type { Account } from './schema.ts'

export function userRoutes({ store, site }: World): Routes {
  const app = new Hono<Env>()
  const publicRepositories = ({ id }: Account) =>
    store.count(sql`select count(*) as count from repositories where owner_id = ${id} and visibility = 'public'`)
  app.get('/user', (c) => {
    const { user } = callerOf(c)
    return c.json(publicUserJson(site, user, publicRepositories(user)))
  })
  app.get('/users/:login', (c) => {
    const user = found(accountByLogin(store, c.req.param('login')))
    return c.json(publicUserJson(site, user, publicRepositories(user)))
  })
  return app
}
