import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import { scriptNamed } from '../scripts/queries.ts'
import { BuildChange, buildOf, buildsTables, keepBuild, NewBuild, noThing, notConnected } from './installations.ts'

/** Workers Builds: which repository a Worker is built from. Nothing is built here. */
export const buildsProduct: Product = { tables: buildsTables, routes }

function routes(api: Api, cloud: Cloud): void {
  const { store } = cloud
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
  api.get(`${base}/tokens`, (c) => {
    const tokens = store.all(Token, 'select uuid, name from build_tokens')
    return ok(tokens.map(shownToken), { info: pageInfo(readPage(c, paging), tokens.length, tokens.length) })
  })
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
  workerRoutes(api, cloud, `${base}/workers`)
  for (const list of ['builds', 'triggers']) api.get(`${base}/workers/:script/${list}`, noneOf('id'))
  api.get(`${base}/workers/:script/deploy_hooks`, noneOf('name'))
  api.post(`${base}/workers/:script/deploy_hooks`, refuse)
  api.all(`${base}/workers/:script{.+}`, missing)
}

const paging = { usual: 50, most: 200 }
const Token = z.object({ uuid: z.string(), name: z.string() })

function shownToken({ uuid, name }: z.infer<typeof Token>): object {
  return { build_token_uuid: uuid, build_token_name: name, cloudflare_token_id: uuid, owner_type: 'user' }
}

/** What a Worker is built from. */
function workerRoutes(api: Api, { store }: Cloud, base: string): void {
  const badBody = notConnected
  api.post(base, async (c) => {
    const build = await readJson(c, NewBuild, badBody)
    if (scriptNamed(store, build.script_tag)?.id !== build.script_tag) throw noThing()
    if (store.count('select count(*) from worker_builds where script_tag = ?', build.script_tag) > 0)
      throw new ApiError(409, { code: 12_049, message: 'This Worker is built from a repository already.' })
    return ok(keepBuild(store, build))
  })
  api.get(`${base}/:script`, (c) => ok(buildOf(store, c.req.param('script'))))
  api.patch(`${base}/:script`, async (c) => {
    const known = buildOf(store, c.req.param('script'))
    const { git_repository: repository, production_settings: settings } = await readJson(c, BuildChange, badBody)
    return ok(
      keepBuild(
        store,
        NewBuild.parse({
          ...known,
          git_repository: { ...known.git_repository, ...repository },
          production_settings: { ...known.production_settings, ...settings },
        }),
      ),
    )
  })
  api.delete(`${base}/:script`, (c) => {
    const { script_tag: tag } = buildOf(store, c.req.param('script'))
    store.run('delete from worker_builds where script_tag = ?', tag)
    return ok(null)
  })
}

function none(c: Context): Response {
  return ok([], { info: pageInfo(readPage(c, paging), 0, 0) })
}

function missing(): never {
  throw noThing()
}

function refuse(): never {
  throw notConnected()
}
