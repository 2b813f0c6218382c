import { z } from 'zod'
import wrangler from '../worker/wrangler.json' with { type: 'json' }

/** What the Worker binds and an account must have; ids and code are wrangler's. */
const Manifest = z.object({
  name: z.string(),
  d1_databases: z.array(z.object({ binding: z.string(), database_name: z.string() })).default([]),
  kv_namespaces: z.array(z.object({ binding: z.string() })).default([]),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })).default([]),
  queues: z
    .object({
      producers: z.array(z.object({ binding: z.string(), queue: z.string() })).default([]),
      consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })).default([]),
    })
    .prefault({}),
  dispatch_namespaces: z.array(z.object({ binding: z.string(), namespace: z.string() })).default([]),
})

/** Names of what the Worker needs on the account; `worker/wrangler.json` is where they are declared, once. */
export type WorkerNeeds = {
  readonly script: string
  /** By the name of the binding. */
  readonly databases: Readonly<Record<string, string>>
  readonly keyValueNamespaces: Readonly<Record<string, string>>
  readonly buckets: Readonly<Record<string, string>>
  readonly queues: readonly string[]
  readonly dispatchNamespaces: readonly string[]
}

export function needsOf(manifest: unknown): WorkerNeeds {
  const { name, d1_databases, kv_namespaces, r2_buckets, queues, dispatch_namespaces } = Manifest.parse(manifest)
  const named = [
    ...queues.producers.map(({ queue }) => queue),
    ...queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) => (dead === undefined ? [queue] : [queue, dead])),
  ]
  return {
    script: name,
    databases: Object.fromEntries(d1_databases.map(({ binding, database_name }) => [binding, database_name])),
    keyValueNamespaces: Object.fromEntries(kv_namespaces.map(({ binding }) => [binding, titleOf(name, binding)])),
    buckets: Object.fromEntries(r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name])),
    queues: [...new Set(named)],
    dispatchNamespaces: [...new Set(dispatch_namespaces.map(({ namespace }) => namespace))],
  }
}

/** A namespace has no name in the manifest: it gets the one that wrangler gives to those it makes itself. */
function titleOf(script: string, binding: string): string {
  return `${script}-${binding.toLowerCase().replaceAll('_', '-')}`
}

export const worker: WorkerNeeds = needsOf(wrangler)
