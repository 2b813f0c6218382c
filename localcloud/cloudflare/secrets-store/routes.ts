import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, pageOf } from '../pages.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { StoreBody, quota } from './schema.ts'
import type { Store } from './schema.ts'
import { secretRoutes } from './secret-routes.ts'

/** The Secrets Store. Values are written and never shown; scripts that bind one read it when they ask for it. */
export const secretsStoreProduct: Product = { tables: { product: 'secrets-store', history: [] }, routes }

const base = '/accounts/:account/secrets_store'

function routes(api: Api, cloud: Cloud): void {
  const { store: state, now } = cloud
  const shown = ({ id, name, created_at, modified_at }: Store): object => ({
    id,
    name,
    account_id: cloud.account().id,
    created: new Date(created_at).toISOString(),
    modified: new Date(modified_at).toISOString(),
  })
  api.get(`${base}/quota`, () => {
    return ok({ secrets: { quota: quota.secrets, usage: queries.countSecrets(state) } })
  })
  api.get(`${base}/stores`, (c) => {
    const { result, info } = pageOf(c, queries.storesOf(state, c.req.query()).map(shown))
    return ok(result, { info })
  })
  api.post(`${base}/stores`, async (c) => {
    const body = await readJson(c, StoreBody, refusals.badJson)
    const [{ name } = { name: '' }] = Array.isArray(body) ? body : [body]
    if (name.trim() === '') throw refusals.storeNameEmpty()
    const id = state.transaction(() => {
      if (queries.storesOf(state, {}).length >= quota.stores) throw refusals.tooManyStores()
      return queries.addStore(state, name, now())
    })
    const made = shown(queries.storeOf(state, id))
    return ok(Array.isArray(body) ? [made] : made, {
      info: pageInfo({ page: 1, perPage: 20, limit: 20, offset: 0 }, 1, 1),
    })
  })
  api.get(`${base}/stores/:store`, (c) => ok(shown(queries.storeOf(state, c.req.param('store')))))
  api.delete(`${base}/stores/:store`, (c) => {
    const { id } = queries.storeOf(state, c.req.param('store'))
    state.transaction(() => {
      if (c.req.query('force') !== 'true' && queries.countSecrets(state, id) > 0) throw refusals.notEmpty()
      queries.removeStore(state, id)
    })
    return ok(null)
  })
  secretRoutes(api, cloud)
}
