import { Hono } from 'hono'
import type { Env, Routes, World } from '../world.ts'
import { openRepository, roleOfCaller } from './access.ts'
import { fullRepositoryJson } from './present.ts'

export function repositoryRoutes(world: World): Routes {
  const app = new Hono<Env>()
  app.get('/repos/:owner/:repo', (c) => {
    const repository = openRepository(world, c, 'read')
    return c.json(
      fullRepositoryJson(world.store, world.site, repository, roleOfCaller(world.store, repository, c.get('caller'))),
    )
  })
  return app
}
