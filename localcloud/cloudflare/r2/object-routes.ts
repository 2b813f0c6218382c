import type { Context } from 'hono'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { readPage } from '../pages.ts'
import { restAfter } from '../paths.ts'
import { KnownObject } from '../runtime/objects.ts'
import { badJson, badKey, noKey, tooLarge } from './errors.ts'
import { startJob } from './job-routes.ts'
import { bucketOf } from './queries.ts'
import { Keys, StorageClass } from './schema.ts'

const base = '/accounts/:account/r2/buckets/:bucket/objects'

/** How many names stand before a key in a path. */
const before = 6

/** The most that this API takes; larger objects go through the S3 API. */
const mostBytes = 300 * 1024 * 1024

/** Objects; whatever follows in the path is the key. */
export function objectRoutes(api: Api, cloud: Cloud): void {
  api.get(base, (c) => listed(c, cloud))
  api.delete(base, async (c) => {
    const bucket = bucketOf(cloud.store, c)
    const prefix = c.req.query('prefix')
    if (prefix !== undefined) return ok(await startJob(cloud, bucket, prefix))
    const keys = await readJson(c, Keys, badJson)
    await cloud.runtime.bucket(bucket.name, (storage) => storage.delete(keys))
    return ok(keys.map((key) => ({ key })))
  })
  api.get(`${base}/*`, (c) => read(c, cloud))
  api.put(`${base}/*`, (c) => write(c, cloud))
  api.delete(`${base}/*`, async (c) => {
    const { name } = bucketOf(cloud.store, c)
    const key = keyIn(c)
    await cloud.runtime.bucket(name, (storage) => storage.delete(key))
    return ok({ key })
  })
}

function keyIn(c: Context): string {
  const key = restAfter(c, before)
  if (key === '' || Buffer.byteLength(key) > 1024) throw badKey()
  return key
}

async function listed(c: Context, cloud: Cloud): Promise<Response> {
  const { name } = bucketOf(cloud.store, c)
  const { perPage } = readPage(c, { usual: 20, most: 1000 })
  const { prefix, delimiter, cursor, start_after: startAfter } = c.req.query()
  const asked = { prefix, delimiter, cursor, startAfter }
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined && value !== ''))
  const include: ('httpMetadata' | 'customMetadata')[] = ['httpMetadata', 'customMetadata']
  const page = await cloud.runtime.storage.objects(name, { limit: perPage, include, ...given })
  const info = {
    per_page: perPage,
    is_truncated: page.truncated,
    ...(page.delimitedPrefixes.length > 0 ? { delimited: page.delimitedPrefixes } : {}),
    ...(page.truncated && page.cursor ? { cursor: page.cursor } : {}),
  }
  const objects = page.objects.map((object) => ({
    key: object.key,
    etag: object.etag,
    last_modified: object.uploaded.toISOString(),
    size: object.size,
    http_metadata: object.httpMetadata ?? {},
    custom_metadata: object.customMetadata ?? {},
    storage_class: object.storageClass,
    ssec: false,
  }))
  return ok(objects, { info })
}

/** Sends an object as it comes out of the runtime, which counts it as running until the last byte. */
async function read(c: Context, cloud: Cloud): Promise<Response> {
  const { name } = bucketOf(cloud.store, c)
  const key = keyIn(c)
  return new Promise<Response>((answer, fail) => {
    const work = cloud.runtime.bucket(name, async (storage) => {
      const object = await storage.get(key)
      if (!object) throw noKey()
      const known = KnownObject.parse(object)
      const headers = headersOf(known)
      if (isUnchanged(c, known)) {
        await object.body.cancel()
        answer(new Response(null, { status: 304, headers }))
        return
      }
      headers.set('content-length', String(known.size))
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      answer(new Response(readable, { headers }))
      await object.body.pipeTo(writable)
    })
    work.catch(fail)
  })
}

function headersOf({ etag, uploaded, httpMetadata = {}, storageClass }: KnownObject): Headers {
  const headers = new Headers({
    'content-type': httpMetadata.contentType ?? 'application/octet-stream',
    etag: `"${etag}"`,
    'last-modified': uploaded.toUTCString(),
    'cf-r2-storage-class': storageClass,
  })
  for (const [name, field] of Object.entries(fields)) {
    const value = httpMetadata[field]
    if (typeof value === 'string' && field !== 'contentType') headers.set(name, value)
    if (value instanceof Date) headers.set(name, value.toUTCString())
  }
  return headers
}

function isUnchanged(c: Context, { etag, uploaded }: KnownObject): boolean {
  const none = c.req.header('if-none-match')
  if (none !== undefined)
    return none === '*' || none.split(/,\s*/).some((one) => one.replace(/^W\//, '') === `"${etag}"`)
  const since = Date.parse(c.req.header('if-modified-since') ?? '')
  return Math.floor(uploaded.getTime() / 1000) * 1000 <= since
}

/** Headers of an upload that are kept with the object. */
const fields: Readonly<Record<string, string>> = {
  'content-type': 'contentType',
  'content-disposition': 'contentDisposition',
  'content-encoding': 'contentEncoding',
  'content-language': 'contentLanguage',
  'cache-control': 'cacheControl',
  expires: 'cacheExpiry',
}

async function write(c: Context, cloud: Cloud): Promise<Response> {
  const bucket = bucketOf(cloud.store, c)
  const key = keyIn(c)
  const storageClass = StorageClass.catch(bucket.details.storage_class).parse(c.req.header('cf-r2-storage-class'))
  if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw tooLarge()
  const body = await c.req.arrayBuffer()
  if (body.byteLength > mostBytes) throw tooLarge()
  const described = Object.entries(fields).flatMap(([name, field]) => {
    const value = c.req.header(name)
    if (value === undefined) return []
    return [[field, field === 'cacheExpiry' ? new Date(value) : value]]
  })
  const httpMetadata: object = Object.fromEntries(described)
  const put = await cloud.runtime.bucket(bucket.name, (storage) =>
    storage.put(key, body, { httpMetadata, storageClass }),
  )
  const { etag, version, size, uploaded } = KnownObject.parse(put)
  return ok({ key, etag, version, size: String(size), storage_class: storageClass, uploaded: uploaded.toISOString() })
}
