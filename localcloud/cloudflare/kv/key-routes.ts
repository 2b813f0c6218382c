import type { Context } from 'hono'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { restAfter } from '../paths.ts'
import * as refusals from './errors.ts'
import { namespaceOf } from './queries.ts'
import { Listing, expirationOf, lifetime, optionsOf, readValue, storing } from './values.ts'

const base = '/accounts/:account/storage/kv/namespaces/:id'

/** How many names stand before a key in a path. */
const before = 7

/** Single keys: their values, their metadata, and the list of their names. */
export function keyRoutes(api: Api, cloud: Cloud): void {
  api.get(`${base}/keys`, (c) => listed(c, cloud))
  api.get(`${base}/values/*`, (c) => read(c, cloud))
  api.put(`${base}/values/*`, async (c) => {
    const { id } = namespaceOf(cloud.store, c.req.param('id'), 'put')
    const { value, metadata } = await readValue(c)
    const { expiration, expiration_ttl: ttl } = c.req.query()
    const options = optionsOf(lifetime(expiration, ttl), metadata)
    const key = restAfter(c, before)
    await storing('put', () => cloud.runtime.namespace(id, (storage) => storage.put(key, value, options)))
    return ok(null)
  })
  api.delete(`${base}/values/*`, async (c) => {
    const { id } = namespaceOf(cloud.store, c.req.param('id'), 'remove key')
    const key = restAfter(c, before)
    await storing('remove key', () => cloud.runtime.namespace(id, (storage) => storage.delete(key)))
    return ok(null)
  })
  api.get(`${base}/metadata/*`, async (c) => {
    const verb = 'get metadata'
    const { id } = namespaceOf(cloud.store, c.req.param('id'), verb)
    const key = restAfter(c, before)
    const found = await storing(verb, () =>
      cloud.runtime.namespace(id, (storage) => storage.getWithMetadata(key, 'arrayBuffer')),
    )
    if (found.value === null) throw refusals.noKey(verb)
    return ok(found.metadata)
  })
}

/** The value's bytes alone, and when it ends. The only answer of the API without an envelope. */
async function read(c: Context, cloud: Cloud): Promise<Response> {
  const { id } = namespaceOf(cloud.store, c.req.param('id') ?? '', 'get')
  const key = restAfter(c, before)
  const { value, expiration } = await storing('get', () =>
    cloud.runtime.namespace(id, async (storage) => ({
      value: await storage.get(key, 'arrayBuffer'),
      expiration: await expirationOf(storage, key),
    })),
  )
  if (value === null) throw refusals.noKey('get')
  const headers = new Headers({ 'content-type': 'application/octet-stream' })
  if (expiration !== undefined) headers.set('expiration', String(expiration))
  return new Response(value, { headers })
}

async function listed(c: Context, cloud: Cloud): Promise<Response> {
  const verb = 'list keys'
  const { id } = namespaceOf(cloud.store, c.req.param('id') ?? '', verb)
  const { prefix = '', cursor, limit = '1000' } = c.req.query()
  const count = Number(limit)
  if (!Number.isInteger(count) || count < 10 || count > 1000) throw refusals.badLimit(verb, limit)
  const asked = { prefix, limit: count, ...(cursor ? { cursor } : {}) }
  const answer = await storing(verb, () => cloud.runtime.namespace(id, (storage) => storage.list(asked)))
  const page = Listing.parse(answer)
  return ok(page.keys, { info: { count: page.keys.length, cursor: page.cursor ?? '' } })
}
