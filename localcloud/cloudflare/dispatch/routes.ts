import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import * as queries from './queries.ts'
import { scriptRoutes } from './script-routes.ts'

/** Dispatch namespaces: scripts that others call by name. */
export const dispatchProduct: Product = { tables: { product: 'dispatch', history: [] }, routes }

const base = '/accounts/:account/workers/dispatch/namespaces'
const Name = z.string().regex(/^[a-z0-9_]([a-z0-9_-]{0,62})$/i)
const NewNamespace = z.object({ name: Name })
const Change = z.object({ name: Name.optional(), trusted_workers: z.boolean().optional() })

function routes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, () => ok(queries.allNamespaces(store).map((namespace) => shown(cloud, namespace))))
  api.post(base, async (c) => {
    const { name } = await readJson(c, NewNamespace, queries.badNamespace)
    store.transaction(() => {
      if (queries.allNamespaces(store).some((known) => known.name === name)) throw queries.namespaceExists(name)
      queries.addNamespace(store, name, now())
    })
    return ok(shown(cloud, queries.namespaceOf(store, name)))
  })
  api.get(`${base}/:ns`, (c) => ok(shown(cloud, queries.namespaceOf(store, c.req.param('ns')))))
  const change = (c: Context) => changed(c, cloud)
  api.put(`${base}/:ns`, change)
  api.patch(`${base}/:ns`, change)
  api.delete(`${base}/:ns`, async (c) => {
    const known = queries.namespaceOf(store, c.req.param('ns'))
    const hadScripts = queries.countScripts(store, known.name) > 0
    store.transaction(() => queries.removeNamespace(store, known))
    if (hadScripts) await cloud.runtime.apply()
    return ok(null)
  })
  scriptRoutes(api, cloud, `${base}/:ns/scripts`)
}

async function changed(c: Context, cloud: Cloud): Promise<Response> {
  const { store } = cloud
  const known = queries.namespaceOf(store, c.req.param('ns') ?? '')
  const { name = known.name, trusted_workers: trust = known.details.trusted_workers } = await readJson(
    c,
    Change,
    queries.badNamespace,
  )
  store.transaction(() => {
    if (name !== known.name && queries.allNamespaces(store).some((other) => other.name === name)) {
      throw queries.namespaceExists(name)
    }
    queries.changeNamespace(store, known, name, trust, cloud.now())
  })
  if (name !== known.name) await cloud.runtime.apply()
  return ok(shown(cloud, queries.namespaceOf(store, name)))
}

function shown(cloud: Cloud, { id, name, created_at, modified_at, details }: queries.Namespace): object {
  const { user_id: user } = cloud.account()
  return {
    namespace_id: id,
    namespace_name: name,
    script_count: queries.countScripts(cloud.store, name),
    trusted_workers: details.trusted_workers,
    created_on: new Date(created_at).toISOString(),
    created_by: user,
    modified_on: new Date(modified_at).toISOString(),
    modified_by: user,
  }
}
