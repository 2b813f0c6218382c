import type { Context } from 'hono'
import { readJson } from '../body.ts'
import { scriptsBinding } from '../bound.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import { bulkRoutes } from './bulk-routes.ts'
import * as refusals from './errors.ts'
import { keyRoutes } from './key-routes.ts'
import * as queries from './queries.ts'
import { NamespaceBody, limits } from './schema.ts'
import type { Namespace } from './schema.ts'

/** Workers KV: namespaces, keys and values. */
export const kvProduct: Product = { tables: { product: 'kv', history: [] }, routes }

const base = '/accounts/:account/storage/kv/namespaces'

function routes(api: Api, cloud: Cloud): void {
  namespaceRoutes(api, cloud)
  bulkRoutes(api, cloud)
  keyRoutes(api, cloud)
}

function namespaceRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, (c) => {
    const page = readPage(c, { usual: 20, most: 1000 })
    const { order = '', direction = '' } = c.req.query()
    const namespaces = queries.namespacesOf(store, page, order, direction)
    return ok(namespaces.map(shown), { info: pageInfo(page, namespaces.length, queries.countNamespaces(store)) })
  })
  api.post(base, async (c) => {
    const verb = 'create namespace'
    const title = await readTitle(c, verb)
    const made = store.transaction(() => {
      if (queries.isTitleTaken(store, title)) throw refusals.titleTaken(verb)
      if (queries.countNamespaces(store) >= limits.namespaces) throw refusals.tooManyNamespaces(verb)
      return queries.addNamespace(store, title, now())
    })
    return ok(shown(made))
  })
  api.get(`${base}/:id`, (c) => ok(shown(queries.namespaceOf(store, c.req.param('id'), 'get namespace'))))
  api.put(`${base}/:id`, async (c) => {
    const verb = 'rename namespace'
    const { id } = queries.namespaceOf(store, c.req.param('id'), verb)
    const title = await readTitle(c, verb)
    store.transaction(() => {
      if (queries.isTitleTaken(store, title, id)) throw refusals.titleTaken(verb)
      queries.renameNamespace(store, id, title)
    })
    return ok(shown({ id, title }))
  })
  api.delete(`${base}/:id`, (c) => {
    const verb = 'remove namespace'
    const { id } = queries.namespaceOf(store, c.req.param('id'), verb)
    const users = scriptsBinding(cloud, 'kv_namespace', 'namespace_id', id)
    if (users.length > 0) throw refusals.inUse(verb, users)
    queries.removeNamespace(store, id)
    return ok(null)
  })
}

async function readTitle(c: Context, verb: string): Promise<string> {
  const { title } = await readJson(c, NamespaceBody, refusals.badBody)
  if (!title) throw refusals.titleMissing(verb)
  return title
}

function shown({ id, title }: Namespace): object {
  return { id, title, supports_url_encoding: true }
}
