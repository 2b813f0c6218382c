import type { Context } from 'hono'
import type { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { badJson, domainInUse, noDomain } from './errors.ts'
import { bucketOf, changeBucket, isDomainTaken } from './queries.ts'
import { DomainChange, NewDomain, Switch } from './schema.ts'
import type { Bucket } from './schema.ts'

type Domain = z.infer<typeof NewDomain>

const base = '/accounts/:account/r2/buckets/:bucket/domains'

/** Hostnames under which a bucket's objects are public. They are kept and given back. */
export function domainRoutes(api: Api, { store }: Cloud): void {
  api.get(`${base}/managed`, (c) => ok(managed(bucketOf(store, c))))
  api.put(`${base}/managed`, async (c) => {
    const bucket = bucketOf(store, c)
    const { enabled } = await readJson(c, Switch, badJson)
    return ok(managed({ ...bucket, details: changeBucket(store, bucket, { is_public: enabled }) }))
  })
  api.get(`${base}/custom`, (c) => ok({ domains: bucketOf(store, c).details.domains.map(shown) }))
  api.post(`${base}/custom`, async (c) => {
    const bucket = bucketOf(store, c)
    const domain = await readJson(c, NewDomain, badJson)
    store.transaction(() => {
      if (isDomainTaken(store, domain.domain)) throw domainInUse(domain.domain)
      changeBucket(store, bucket, { domains: [...bucket.details.domains, domain] })
    })
    return ok(domain)
  })
  api.get(`${base}/custom/:domain`, (c) => ok(shown(found(bucketOf(store, c), c))))
  api.put(`${base}/custom/:domain`, async (c) => {
    const bucket = bucketOf(store, c)
    const known = found(bucket, c)
    const {
      enabled = known.enabled,
      minTLS = known.minTLS,
      ciphers = known.ciphers,
    } = await readJson(c, DomainChange, badJson)
    const changed = { ...known, enabled, minTLS, ciphers }
    const domains = bucket.details.domains.map((one) => (one.domain === known.domain ? changed : one))
    changeBucket(store, bucket, { domains })
    return ok({ domain: known.domain, enabled, minTLS, ciphers })
  })
  api.delete(`${base}/custom/:domain`, (c) => {
    const bucket = bucketOf(store, c)
    const { domain } = found(bucket, c)
    changeBucket(store, bucket, { domains: bucket.details.domains.filter((one) => one.domain !== domain) })
    return ok({ domain })
  })
}

function found({ details }: Bucket, c: Context): Domain {
  const domain = details.domains.find((one) => one.domain === c.req.param('domain'))
  if (!domain) throw noDomain()
  return domain
}

function shown({ domain, zoneId, enabled, minTLS = '1.0', ciphers }: Domain): object {
  const zoneName = domain.split('.').slice(-2).join('.')
  return { domain, zoneId, zoneName, enabled, minTLS, ciphers, status: { ownership: 'active', ssl: 'active' } }
}

function managed({ details: { id, is_public: enabled } }: Bucket): object {
  return { bucketId: id, domain: `pub-${id}.r2.dev`, enabled }
}
