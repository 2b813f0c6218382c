import type { Context } from 'hono'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { newId } from '../identity/tables.ts'
import { cursorAfter, keyAfter, readPage } from '../pages.ts'
import { credentialRoutes } from './credential-routes.ts'
import { domainRoutes } from './domain-routes.ts'
import * as refusals from './errors.ts'
import { jobRoutes } from './job-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { notificationRoutes } from './notification-routes.ts'
import { objectRoutes } from './object-routes.ts'
import * as queries from './queries.ts'
import { NewBucket, StorageClass } from './schema.ts'
import type { Bucket, Details } from './schema.ts'
import { settingRoutes } from './setting-routes.ts'

/** R2: buckets, their objects and settings. */
export const r2Product: Product = {
  tables: queries.r2Tables,
  routes,
  start: ({ store, now }) => queries.failLostJobs(store, now()),
}

const base = '/accounts/:account/r2/buckets'

function routes(api: Api, cloud: Cloud): void {
  bucketRoutes(api, cloud)
  settingRoutes(api, cloud)
  domainRoutes(api, cloud)
  jobRoutes(api, cloud)
  objectRoutes(api, cloud)
  notificationRoutes(api, cloud)
  metricsRoutes(api, cloud)
  credentialRoutes(api, cloud)
}

function bucketRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(base, (c) => listed(c, cloud))
  api.post(base, async (c) => {
    const { name, locationHint = 'weur', storageClass } = await readJson(c, NewBucket, refusals.badJson)
    if (!queries.isName(name)) throw refusals.badName()
    const details: Details = {
      id: newId(),
      jurisdiction: queries.jurisdictionOf(c),
      location: locationHint,
      storage_class: storageClass,
      domains: [],
      is_public: false,
      local_uploads: false,
    }
    const created_at = cloud.now()
    store.transaction(() => {
      if (queries.bucketCalled(store, name)) throw refusals.bucketExists()
      queries.addBucket(store, name, details, created_at)
    })
    return ok(shown({ name, created_at, details }))
  })
  api.get(`${base}/:bucket`, (c) => ok(shown(queries.bucketOf(store, c))))
  api.patch(`${base}/:bucket`, (c) => {
    const bucket = queries.bucketOf(store, c)
    const asked = StorageClass.safeParse(c.req.header('cf-r2-storage-class'))
    if (!asked.success) throw refusals.badJson()
    return ok(shown({ ...bucket, details: queries.changeBucket(store, bucket, { storage_class: asked.data }) }))
  })
  api.delete(`${base}/:bucket`, async (c) => {
    const { name } = queries.bucketOf(store, c)
    const account = cloud.account().id
    if (queries.hasRules(store, name)) throw refusals.hasNotifications(name, account, 'deleting')
    const { objects } = await cloud.runtime.storage.objects(name, { limit: 1 })
    if (objects.length > 0) throw refusals.notEmpty(name, account)
    queries.removeBucket(store, name)
    return ok({})
  })
}

function listed(c: Context, { store }: Cloud): Response {
  const { perPage } = readPage(c, { usual: 20, most: 1000 })
  const { name_contains: contains = '', start_after: from = '', cursor, direction = 'asc' } = c.req.query()
  const after = cursor ? keyAfter(cursor) : from
  const jurisdiction = queries.jurisdictionOf(c)
  const found = queries.bucketsAfter(store, { after, contains, jurisdiction, direction, limit: perPage + 1 })
  const buckets = found.slice(0, perPage)
  const last = found.length > perPage ? buckets.at(-1) : undefined
  const info = { per_page: perPage, ...(last ? { cursor: cursorAfter(last.name) } : {}) }
  return ok({ buckets: buckets.map(shown) }, { info })
}

function shown({ name, created_at: at, details }: Bucket): object {
  return {
    name,
    creation_date: new Date(at).toISOString(),
    location: details.location.toUpperCase(),
    storage_class: details.storage_class,
    jurisdiction: details.jurisdiction,
  }
}
