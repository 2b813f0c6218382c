import { z } from '@hono/zod-openapi'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import type { ResourceKind } from './schema.ts'

/** What a project binds beside its script. */
export type BoundKind = Exclude<ResourceKind, 'script'>

type Product = {
  /** The identifier of what bears a name, or null. Names are unique in an account. */
  readonly find: (cloudflare: Cloudflare, name: string) => Promise<string | null>
  readonly make: (cloudflare: Cloudflare, name: string) => Promise<string>
  readonly path: (id: string) => string
  /** What Cloudflare says when the name is taken. */
  readonly taken: number
  /** A binding as an upload has it. */
  readonly bind: (id: string, name: string) => Readonly<Record<string, string>> & { readonly type: string }
}

const Database = z.object({ uuid: z.string(), name: z.string() })
const Namespace = z.object({ id: z.string(), title: z.string() })
const Bucket = z.object({ name: z.string() })
const Queue = z.object({ queue_id: z.string(), queue_name: z.string() })

export const products: Readonly<Record<BoundKind, Product>> = {
  d1: {
    async find(cloudflare, name) {
      const path = `/d1/database?name=${encodeURIComponent(name)}`
      // The filter finds parts of names, too.
      for await (const one of cloudflare.list(Database, path)) if (one.name === name) return one.uuid
      return null
    },
    make: async (cloudflare, name) =>
      (await cloudflare.call(Database, 'POST', '/d1/database', { json: { name } })).uuid,
    path: (id) => `/d1/database/${id}`,
    taken: 7502,
    bind: (id) => ({ type: 'd1', id }),
  },
  kv: {
    async find(cloudflare, name) {
      for await (const { id, title } of cloudflare.list(Namespace, '/storage/kv/namespaces'))
        if (title === name) return id
      return null
    },
    make: async (cloudflare, title) =>
      (await cloudflare.call(Namespace, 'POST', '/storage/kv/namespaces', { json: { title } })).id,
    path: (id) => `/storage/kv/namespaces/${id}`,
    taken: 10_014,
    bind: (id) => ({ type: 'kv_namespace', namespace_id: id }),
  },
  r2: {
    find: async (cloudflare, name) =>
      orMissing(async () => (await cloudflare.call(Bucket, 'GET', `/r2/buckets/${name}`)).name),
    make: async (cloudflare, name) => (await cloudflare.call(Bucket, 'POST', '/r2/buckets', { json: { name } })).name,
    path: (name) => `/r2/buckets/${name}`,
    taken: 10_004,
    bind: (name) => ({ type: 'r2_bucket', bucket_name: name }),
  },
  queue: {
    async find(cloudflare, name) {
      const path = `/queues?name=${encodeURIComponent(name)}`
      for await (const one of cloudflare.list(Queue, path)) if (one.queue_name === name) return one.queue_id
      return null
    },
    make: async (cloudflare, name) =>
      (await cloudflare.call(Queue, 'POST', '/queues', { json: { queue_name: name } })).queue_id,
    path: (id) => `/queues/${id}`,
    taken: 11_009,
    bind: (_, name) => ({ type: 'queue', queue_name: name }),
  },
}

/** What a call finds, or null when there is no such thing. */
export async function orMissing<Result>(call: () => Promise<Result>): Promise<Result | null> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof CloudflareError && error.isMissing) return null
    throw error
  }
}
