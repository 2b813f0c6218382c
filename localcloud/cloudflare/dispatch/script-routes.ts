import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { sessionRoute } from '../scripts/asset-routes.ts'
import { placeFound } from '../scripts/calls.ts'
import type { PlaceOf } from '../scripts/calls.ts'
import { mergeSettings } from '../scripts/deploy.ts'
import { problems } from '../scripts/errors.ts'
import { currentVersion, iso, shownScript } from '../scripts/present.ts'
import { scriptAt } from '../scripts/queries.ts'
import { removeScript } from '../scripts/removal.ts'
import type { Script } from '../scripts/schema.ts'
import { codeRoutes, listed } from '../scripts/script-routes.ts'
import { secretRoutesAt } from '../scripts/secret-routes.ts'
import { settingsRoutesAt } from '../scripts/settings-routes.ts'
import { namespaceOf } from './queries.ts'

const Tags = z.array(z.string().max(1024)).max(8)

/** The scripts of a namespace: the same routes as the account's own scripts have, and tags one by one. */
export function scriptRoutes(api: Api, cloud: Cloud, base: string): void {
  const placeOf: PlaceOf = (c) => ({
    namespace: namespaceOf(cloud.store, c.req.param('ns') ?? '').name,
    name: c.req.param('script') ?? '',
  })
  api.get(base, (c) => {
    const { name } = namespaceOf(cloud.store, c.req.param('ns') ?? '')
    return ok(wanted(cloud, name, c.req.query('tags')).map((script) => shown(cloud, script)))
  })
  api.delete(base, (c) => removed(c, cloud))
  const one = `${base}/:script`
  // Before the code's own route, which would answer with the code. A deploy that finds nothing here waits for this
  // very number.
  api.get(one, (c) => {
    const script = scriptAt(cloud.store, placeOf(c))
    if (!script) throw new ApiError(404, { code: 10_092, message: 'workers.api.error.environment_not_found' })
    return ok(shown(cloud, script))
  })
  codeRoutes(api, cloud, one, placeOf)
  secretRoutesAt(api, cloud, one, placeOf)
  settingsRoutesAt(api, cloud, one, placeOf)
  sessionRoute(api, cloud, one)
  tagRoutes(api, cloud, one, placeOf)
}

function tagRoutes(api: Api, cloud: Cloud, base: string, placeOf: PlaceOf): void {
  const tagsOf = (c: Context): string[] => placeFound(cloud, placeOf(c)).settings.tags ?? []
  const keep = (c: Context, tags: readonly string[]): void =>
    mergeSettings(cloud.store, placeFound(cloud, placeOf(c)).id, { tags: [...new Set(tags)] })
  api.get(`${base}/tags`, (c) => ok(tagsOf(c)))
  api.put(`${base}/tags`, async (c) => {
    placeFound(cloud, placeOf(c))
    keep(c, await readJson(c, Tags, problems.badBody))
    return ok(tagsOf(c))
  })
  api.put(`${base}/tags/:tag`, (c) => {
    keep(c, [...tagsOf(c), c.req.param('tag') ?? ''])
    return ok(null)
  })
  api.delete(`${base}/tags/:tag`, (c) => {
    keep(
      c,
      tagsOf(c).filter((tag) => tag !== c.req.param('tag')),
    )
    return ok(null)
  })
}

const Id = z.object({ id: z.string() })

function wanted(cloud: Cloud, namespace: string, tags: string | undefined): Script[] {
  return listed(cloud, namespace, tags).flatMap((script) => {
    return scriptAt(cloud.store, { namespace, name: Id.parse(script).id }) ?? []
  })
}

function shown({ store }: Cloud, script: Script): object {
  return {
    created_on: iso(script.created_on),
    modified_on: iso(script.modified_on),
    dispatch_namespace: script.namespace,
    script: { ...shownScript(script, currentVersion(store, script)), dispatch_namespace: script.namespace },
  }
}

/** Deletes every script that has the tags, up to a limit. */
async function removed(c: Context, cloud: Cloud): Promise<Response> {
  const { name: namespace } = namespaceOf(cloud.store, c.req.param('ns') ?? '')
  const limit = Number(c.req.query('limit') ?? 1000)
  const scripts = wanted(cloud, namespace, c.req.query('tags'))
  const gone = scripts.slice(0, Number.isInteger(limit) && limit > 0 ? limit : 1000)
  for (const { name } of gone) await removeScript(cloud, { namespace, name }, true)
  const outcome = {
    deleted: gone.map(({ name }) => ({ id: name })),
    deleted_count: gone.length,
    has_more: gone.length < scripts.length,
  }
  return Response.json({ success: true, errors: [], messages: [], result: outcome, ...outcome })
}
