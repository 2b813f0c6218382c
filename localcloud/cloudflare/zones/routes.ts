import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageOf } from '../pages.ts'
import { dnsRoutes } from './dns-routes.ts'
import { domainRoutes } from './domain-routes.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { ZoneBody, ZoneChange } from './schema.ts'
import type { Zone } from './schema.ts'
import { workerRoutes } from './worker-routes.ts'

/** Zones as far as deployed scripts and those who declare them need one: names, records, routes, domains. */
export const zonesProduct: Product = { tables: queries.zoneTables, routes }

function routes(api: Api, cloud: Cloud): void {
  zoneRoutes(api, cloud)
  dnsRoutes(api, cloud)
  workerRoutes(api, cloud)
  domainRoutes(api, cloud)
}

function zoneRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get('/zones', (c) => {
    const { name, status = 'active', 'account.id': account = cloud.account().id } = c.req.query()
    const mine = account === cloud.account().id && status === 'active' ? queries.allZones(store) : []
    const found = mine.filter((zone) => name === undefined || zone.name === name.toLowerCase())
    const { result, info } = pageOf(c, found, { usual: 20, most: 50 })
    return ok(
      result.map((zone) => shown(cloud, zone)),
      { info },
    )
  })
  api.post('/zones', async (c) => {
    const { name, type } = await readJson(c, ZoneBody, refusals.badZone)
    const wanted = name.toLowerCase()
    if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(wanted))
      throw refusals.badZoneName(name)
    const id = store.transaction(() => {
      if (queries.allZones(store).some((zone) => zone.name === wanted)) throw refusals.zoneExists(wanted)
      return queries.addZone(store, wanted, type, now())
    })
    return ok(shown(cloud, queries.zoneOf(store, id)))
  })
  api.get('/zones/:zone', (c) => ok(shown(cloud, queries.zoneOf(store, c.req.param('zone')))))
  api.patch('/zones/:zone', async (c) => {
    const { id, is_paused: paused, type } = queries.zoneOf(store, c.req.param('zone'))
    const change = await readJson(c, ZoneChange, refusals.badZone)
    const sql = 'update zones set is_paused = ?, type = ?, modified_at = ? where id = ?'
    store.run(sql, Number(change.paused ?? paused), change.type ?? type, now(), id)
    return ok(shown(cloud, queries.zoneOf(store, id)))
  })
  api.delete('/zones/:zone', (c) => {
    const { id } = queries.zoneOf(store, c.req.param('zone'))
    queries.removeFrom(store, 'zones', id)
    return ok({ id })
  })
}

/** A zone is active at once: nobody has to change name servers here. */
function shown(cloud: Cloud, { id, name, type, is_paused: paused, created_at, modified_at }: Zone): object {
  const account = cloud.account()
  const created = new Date(created_at).toISOString()
  return {
    id,
    name,
    status: 'active',
    paused,
    type,
    development_mode: 0,
    name_servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    modified_on: new Date(modified_at).toISOString(),
    created_on: created,
    activated_on: created,
    meta: { step: 4, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    owner: { id: account.user_id, type: 'user', email: account.email },
    account: { id: account.id, name: account.name },
    tenant: { id: null, name: null },
    tenant_unit: { id: null },
    permissions: ['#dns_records:edit', '#dns_records:read', '#worker:edit', '#worker:read', '#zone:edit', '#zone:read'],
    plan: freePlan,
  }
}

const freePlan = {
  id: '0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
  name: 'Free Website',
  price: 0,
  currency: 'USD',
  frequency: '',
  is_subscribed: false,
  can_subscribe: false,
  legacy_id: 'free',
  legacy_discount: false,
  externally_managed: false,
}
