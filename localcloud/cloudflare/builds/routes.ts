import type { Context } from 'hono'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import { scriptNamed } from '../scripts/queries.ts'

/** Workers Builds, of an account to which nobody has connected a repository: there is nothing, and nothing can be made. */
export const buildsProduct: Product = { tables: { product: 'builds', history: [] }, routes }

const noThing = (): ApiError => new ApiError(404, { code: 12_000, message: 'Not found' })
const notConnected = (): ApiError =>
  new ApiError(400, {
    code: 12_002,
    message: 'No installation of the Git application was found for this account. Connect a repository first.',
  })

function routes(api: Api, { store }: Cloud): void {
  const base = '/accounts/:account/builds'
  const noneOf =
    (key: 'id' | 'name') =>
    (c: Context): Response => {
      const script = c.req.param('script') ?? ''
      // Builds and triggers go by the tag alone: asking for them by name is the usual mistake.
      if (scriptNamed(store, script)?.[key] !== script) throw noThing()
      return none(c)
    }
  api.get(`${base}/account/limits`, () =>
    ok({ has_reached_build_minutes_limit: false, build_minutes_refresh_on: null }),
  )
  api.get(`${base}/tokens`, none)
  api.post(`${base}/tokens`, refuse)
  api.delete(`${base}/tokens/:token`, missing)
  api.put(`${base}/repos/connections`, refuse)
  api.delete(`${base}/repos/connections/:connection`, missing)
  api.get(`${base}/repos/:provider/:owner/:repository/config_autofill`, missing)
  api.get(`${base}/builds`, () => ok({ builds: {} }))
  api.get(`${base}/builds/latest`, () => ok({ builds: {} }))
  api.all(`${base}/builds/:build{.+}`, missing)
  api.post(`${base}/triggers`, refuse)
  api.all(`${base}/triggers/:trigger{.+}`, missing)
  api.post(`${base}/workers`, refuse)
  for (const list of ['builds', 'triggers']) api.get(`${base}/workers/:script/${list}`, noneOf('id'))
  api.get(`${base}/workers/:script/deploy_hooks`, noneOf('name'))
  api.post(`${base}/workers/:script/deploy_hooks`, refuse)
  api.all(`${base}/workers/:script{.+}`, missing)
}

function none(c: Context): Response {
  return ok([], { info: pageInfo(readPage(c, { usual: 50, most: 200 }), 0, 0) })
}

function missing(): never {
  throw noThing()
}

function refuse(): never {
  throw notConnected()
}
