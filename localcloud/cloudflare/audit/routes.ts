import type { Context } from 'hono'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { categories } from './categories.ts'
import { entriesOf, entryWith, forgetBefore } from './queries.ts'
import type { Entry } from './queries.ts'
import { cursorOf, searchIn } from './search.ts'
import type { Search } from './search.ts'
import { auditTables } from './tables.ts'

const eighteenMonths = 548 * 86_400_000

/** The account's audit log: every call that meant to change something. */
export const auditProduct: Product = {
  tables: auditTables,
  routes,
  start: ({ store, now }) => forgetBefore(store, now() - eighteenMonths),
}

const base = '/accounts/:account/logs/audit'

function routes(api: Api, { store }: Cloud): void {
  api.get(base, (c) => {
    const { entries, cursor } = page(searchIn(queryOf(c)))
    // A text here, and a number in the history: that is how the real ones are.
    return ok(entries.map(shown), { info: { count: String(entries.length), ...cursor } })
  })
  api.get(`${base}/product_categories`, () => ok(categories))
  api.get(`${base}/:entry/history`, (c) => {
    const search = searchIn(queryOf(c))
    const entry = entryWith(store, c.req.param('entry'))
    if (entry?.resource === null || !entry) return ok([], { info: { count: 0, history_status: 'unavailable' } })
    const { product, resource } = entry
    const filters = [
      { column: 'product', values: [product], isNot: false },
      { column: 'resource', values: [resource], isNot: false },
    ]
    const { entries, cursor } = page({ ...search, filters })
    return ok(entries.map(shown), { info: { count: entries.length, history_status: 'exact', ...cursor } })
  })

  function page(search: Search): { entries: Entry[]; cursor: { cursor?: string } } {
    const found = entriesOf(store, search)
    const entries = found.slice(0, search.limit)
    const last = entries.at(-1)
    return { entries, cursor: found.length > entries.length && last ? { cursor: cursorOf(last.number) } : {} }
  }
}

function queryOf(c: Context): URLSearchParams {
  return new URL(c.req.url).searchParams
}

function shown(entry: Entry): object {
  const { id, method, status, uri, product, type, resource, scope, zone, zone_name: zoneName } = entry
  const time = new Date(entry.at).toISOString()
  return {
    id,
    account: { id: entry.account_id, name: entry.account_name },
    action: { type: entry.action, result: entry.result, time, description: `${entry.action} ${type}` },
    actor: {
      id: entry.actor_id,
      email: entry.actor_email,
      type: entry.actor_type,
      context: entry.context,
      token_id: entry.token_id,
      token_name: entry.token_name,
      ip_address: entry.ip,
    },
    raw: { cf_ray_id: entry.ray, method, status_code: status, uri, user_agent: entry.agent },
    resource: { id: resource ?? '', product, type, request: {}, response: {}, scope: { type: scope } },
    ...(zone === null ? {} : { zone: { id: zone, name: zoneName ?? '' } }),
  }
}
