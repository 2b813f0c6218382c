import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { scriptNamed } from '../scripts/queries.ts'
import type { Store } from '../store.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { DomainBody, Origins } from './schema.ts'
import type { Domain, Zone } from './schema.ts'

const base = '/accounts/:account/workers/domains'

/** Hostnames that lead to a script with all their paths. */
export function domainRoutes(api: Api, { store }: Cloud): void {
  const find = (id: string): Domain => {
    const domain = queries.allDomains(store).find((one) => one.id === id)
    if (!domain) throw refusals.noDomain()
    return domain
  }
  for (const path of [base, `${base}/records`]) {
    api.get(path, (c) => {
      const wanted = Object.entries(c.req.query()).filter(([name]) => names.includes(name))
      const domains = queries.allDomains(store).map(shown)
      return ok(domains.filter((domain) => wanted.every(([name, value]) => Object(domain)[name] === value)))
    })
    api.get(`${path}/:domain`, (c) => ok(shown(find(c.req.param('domain')))))
    api.delete(`${path}/:domain`, (c) => {
      const { id } = find(c.req.param('domain'))
      queries.removeFrom(store, 'worker_domains', id)
      return ok({ id })
    })
  }
  api.put(base, async (c) => {
    const body = await readJson(c, DomainBody, refusals.badDomain)
    if (!scriptNamed(store, body.service)) throw refusals.noWorker()
    return ok(shown(keep(store, body.service, body, true)))
  })
  scriptDomains(api, { store })
}

const names = ['zone_id', 'zone_name', 'hostname', 'service', 'environment']

const Change = z.object({
  override_existing_origin: z.boolean().default(false),
  override_existing_dns_record: z.boolean().default(false),
  origins: Origins,
})

/** What a deploy would change about a script's hostnames, and the change itself. */
function scriptDomains(api: Api, { store }: Pick<Cloud, 'store'>): void {
  const path = '/accounts/:account/workers/scripts/:script/domains'
  api.post(`${path}/changeset`, async (c) => {
    const script = c.req.param('script')
    const wanted = await readJson(c, Origins, refusals.badDomain)
    const hostnames = wanted.map(({ hostname }) => hostname)
    const known = queries.allDomains(store)
    const added = wanted.filter(({ hostname }) => !known.some((domain) => domain.hostname === hostname))
    const updated = known.filter(({ hostname }) => hostnames.includes(hostname))
    const removed = known.filter(({ hostname, service }) => service === script && !hostnames.includes(hostname))
    return ok({
      added,
      updated: updated.map((domain) => ({ ...shown(domain), modified: domain.service !== script })),
      removed: removed.map(shown),
      conflicting: [],
    })
  })
  api.get(`${path}/records`, (c) => {
    const script = c.req.param('script')
    return ok(
      queries
        .allDomains(store)
        .filter(({ service }) => service === script)
        .map(shown),
    )
  })
  api.put(`${path}/records`, async (c) => {
    const script = c.req.param('script')
    if (!scriptNamed(store, script)) throw refusals.noWorker()
    const { origins, override_existing_origin: mayTake } = await readJson(c, Change, refusals.badDomain)
    return ok(store.transaction(() => origins.map((origin) => shown(keep(store, script, origin, mayTake)))))
  })
}

type Wanted = Omit<z.infer<typeof DomainBody>, 'service'>

function keep(store: Store, service: string, wanted: Wanted, mayTake: boolean): Domain {
  const hostname = wanted.hostname.toLowerCase()
  const zone = queries.zoneFor(store, hostname)
  if (!zone || !isNamed(zone, wanted)) throw refusals.noZoneFor(hostname)
  const known = queries.domainAt(store, hostname)
  if (known && known.service !== service && !mayTake) throw refusals.hostnameTaken(hostname)
  queries.keepDomain(store, zone.id, hostname, service, wanted.environment)
  const kept = queries.domainAt(store, hostname)
  if (!kept) throw refusals.noDomain()
  return kept
}

/** A caller may name the zone, by its identifier or its name, and must not name another one. */
function isNamed({ id, name }: Zone, { zone_id = id, zone_name = name }: Wanted): boolean {
  return zone_id === id && zone_name === name
}

function shown(domain: Domain): object {
  return { ...domain, cert_id: domain.id, enabled: true, previews_enabled: false }
}
