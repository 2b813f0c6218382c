import { objectIn, textIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ApiRefusal } from '../effect.ts'
import type { Effect, Lookup } from '../effect.ts'
import { rest } from '../rest.ts'

const names = ['name', 'type', 'content', 'ttl', 'proxied', 'priority', 'comment', 'tags', 'data']

/** Records of a zone. */
export const zoneEffects: { readonly [type: string]: Effect } = {
  cloudflare_dns_record: rest({
    collection: '/zones/{zone_id}/dns_records',
    item: '/zones/{zone_id}/dns_records/{id}',
    sends: names,
    changes: { method: 'PUT', sends: names },
    imports: '{zone_id}/{id}',
    shows: (said, known) => ({ priority: null, comment: null, ...said, name: nameOf(said['name'], known['name']) }),
  }),
}

/** A short name is told with its zone; whoever wrote it short keeps it so. */
function nameOf(said: unknown, known: unknown): unknown {
  const isShort = typeof said === 'string' && typeof known === 'string' && said.startsWith(`${known}.`)
  return isShort ? known : said
}

/** A zone by its identifier, or by a filter that fits one. */
export const findZone: Lookup = async (config, cloud) => {
  const { zone_id: id, filter } = config
  if (typeof id === 'string') {
    return shown(objectIn(await cloud.call({ method: 'GET', path: `/zones/${encodeURIComponent(id)}` })) ?? {})
  }
  const name = textIn(objectIn(filter)?.['name'])
  const found = await cloud.call({ method: 'GET', path: `/zones?name=${encodeURIComponent(name)}` })
  const zone = Array.isArray(found) ? objectIn(found[0]) : null
  if (!zone) throw new ApiRefusal(404, `No zone is called ${name}.`)
  return shown(zone)
}

function shown(zone: Values): Values {
  return { ...zone, zone_id: zone['id'] }
}
