import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { badJson, noCors } from './errors.ts'
import { bucketOf, changeBucket } from './queries.ts'
import { Cors, Lifecycle, Lock, Switch } from './schema.ts'

const base = '/accounts/:account/r2/buckets/:bucket'

/** Every bucket begins with this rule. */
const firstRules = {
  rules: [
    {
      id: 'Default Multipart Abort Rule',
      enabled: true,
      conditions: { prefix: '' },
      abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: 604_800 } },
    },
  ],
}

/** What is kept for a bucket and given back. Nothing here moves, deletes or locks an object. */
export function settingRoutes(api: Api, { store }: Cloud): void {
  api.get(`${base}/cors`, (c) => {
    const { cors } = bucketOf(store, c).details
    if (!cors) throw noCors()
    return ok(cors)
  })
  api.put(`${base}/cors`, async (c) => {
    const bucket = bucketOf(store, c)
    changeBucket(store, bucket, { cors: await readJson(c, Cors, badJson) })
    return ok({})
  })
  api.delete(`${base}/cors`, (c) => {
    changeBucket(store, bucketOf(store, c), { cors: undefined })
    return ok({})
  })
  api.get(`${base}/lifecycle`, (c) => ok(bucketOf(store, c).details.lifecycle ?? firstRules))
  api.put(`${base}/lifecycle`, async (c) => {
    const bucket = bucketOf(store, c)
    changeBucket(store, bucket, { lifecycle: await readJson(c, Lifecycle, badJson) })
    return ok({})
  })
  api.get(`${base}/lock`, (c) => ok(bucketOf(store, c).details.lock ?? { rules: [] }))
  api.put(`${base}/lock`, async (c) => {
    const bucket = bucketOf(store, c)
    changeBucket(store, bucket, { lock: await readJson(c, Lock, badJson) })
    return ok({})
  })
  api.get(`${base}/local-uploads`, (c) => ok({ enabled: bucketOf(store, c).details.local_uploads }))
  api.put(`${base}/local-uploads`, async (c) => {
    const bucket = bucketOf(store, c)
    changeBucket(store, bucket, { local_uploads: (await readJson(c, Switch, badJson)).enabled })
    return ok({})
  })
  sippyRoutes(api, { store })
}

const Sippy = z.object({
  source: z.looseObject({ provider: z.enum(['aws', 'gcs', 's3', 'azure']) }),
  destination: z.looseObject({ provider: z.literal('r2').optional(), accessKeyId: z.string().optional() }).optional(),
})

/** Copying from another service on demand: the configuration is kept, without its secrets. */
function sippyRoutes(api: Api, { store }: Pick<Cloud, 'store'>): void {
  api.get(`${base}/sippy`, (c) => ok(bucketOf(store, c).details.sippy ?? { enabled: false }))
  api.put(`${base}/sippy`, async (c: Context) => {
    const bucket = bucketOf(store, c)
    const { source, destination } = await readJson(c, Sippy, badJson)
    const { provider, bucket: from = null, bucketUrl = null, container = null, region = null } = source
    const sippy = {
      enabled: true,
      source: { provider, bucket: from, bucketUrl, container, region },
      destination: { provider: 'r2', bucket: bucket.name, accessKeyId: destination?.accessKeyId ?? '' },
    }
    changeBucket(store, bucket, { sippy })
    return ok(sippy)
  })
  api.delete(`${base}/sippy`, (c) => {
    changeBucket(store, bucketOf(store, c), { sippy: null })
    return ok({ enabled: false })
  })
}
