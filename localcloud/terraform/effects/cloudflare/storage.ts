import type { Effect } from '../effect.ts'
import { fill, rest } from '../rest.ts'

const bucket = rest({
  collection: '/accounts/{account_id}/r2/buckets',
  item: '/accounts/{account_id}/r2/buckets/{name}',
  sends: ['name', ['location', 'locationHint'], ['storage_class', 'storageClass']],
  headers: { 'cf-r2-jurisdiction': '{jurisdiction}' },
  imports: '{account_id}/{name}/{jurisdiction}',
  // Places are told in capitals, however they were asked for.
  shows: (said, { location }) => ({
    ...said,
    id: said['name'],
    location: isSameText(said['location'], location) ? location : said['location'],
  }),
})

function isSameText(one: unknown, other: unknown): boolean {
  return String(one).toLowerCase() === String(other).toLowerCase()
}

/** D1, KV and R2. */
export const storageEffects: { readonly [type: string]: Effect } = {
  cloudflare_d1_database: rest({
    collection: '/accounts/{account_id}/d1/database',
    item: '/accounts/{account_id}/d1/database/{id}',
    sends: ['name', 'jurisdiction', 'primary_location_hint', 'read_replication'],
    changes: { method: 'PATCH', sends: ['read_replication'] },
    imports: '{account_id}/{id}',
    shows: (said) => ({ ...said, id: said['uuid'] }),
  }),
  cloudflare_workers_kv_namespace: rest({
    collection: '/accounts/{account_id}/storage/kv/namespaces',
    item: '/accounts/{account_id}/storage/kv/namespaces/{id}',
    sends: ['title'],
    changes: { method: 'PUT', sends: ['title'] },
    imports: '{account_id}/{id}',
  }),
  cloudflare_r2_bucket: {
    ...bucket,
    // The class is a header of a PATCH without a body.
    update: async (planned, cloud, prior) => {
      const headers = {
        'cf-r2-storage-class': String(planned['storage_class']),
        'cf-r2-jurisdiction': String(planned['jurisdiction']),
      }
      const path = fill('/accounts/{account_id}/r2/buckets/{name}', prior)
      await cloud.call({ method: 'PATCH', path, headers })
      return (await bucket.read(planned, cloud)) ?? {}
    },
    identify: async (id, cloud) => ({ jurisdiction: 'default', ...(await bucket.identify(id, cloud)) }),
  },
}
