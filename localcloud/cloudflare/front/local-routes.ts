import { Hono } from 'hono'
import { z } from 'zod'
import { isSameSecret } from '../../../worker/features/access/token.ts'
import { readJson } from '../body.ts'
import { installFor, installedOwners } from '../builds/installations.ts'
import type { Cloud } from '../cloud.ts'
import { ApiError, ok, refused } from '../envelope.ts'
import type { Around } from './app.ts'
import { Fault } from './faults.ts'

const Installations = z.object({ owners: z.array(z.string()) })
const Limit = z.object({ enforced: z.boolean() })

/** What only the local account has, for tests and demonstrations: the log of calls, faults on request, the limit. */
export function localApp(cloud: Cloud, { log, faults, limit }: Around, ownerToken: string): Hono {
  const app = new Hono().basePath('/_local')
  app.onError((error) => {
    if (error instanceof ApiError) return refused(error)
    throw error
  })
  app.use(async (c, next) => {
    const given = c.req.header('authorization') ?? ''
    if (isSameSecret(given, `Bearer ${ownerToken}`)) return next()
    throw new ApiError(401, { code: 10_000, message: 'Authentication error' })
  })
  app.get('/requests', () => ok(log.list()))
  app.delete('/requests', () => {
    log.clear()
    return ok(null)
  })
  app.get('/faults', () => ok(faults.list()))
  app.put('/faults', async (c) => {
    faults.set(await readJson(c, z.array(Fault)))
    return ok(faults.list())
  })
  app.put('/limit', async (c) => {
    limit.enforced = (await readJson(c, Limit)).enforced
    limit.clear()
    return ok({ enforced: limit.enforced })
  })
  app.put('/git', async (c) => {
    installFor(cloud.store, (await readJson(c, Installations)).owners)
    return ok({ owners: installedOwners(cloud.store) })
  })
  app.get('/scripts', () => ok([...cloud.runtime.plan.scripts.keys()]))
  return app
}
