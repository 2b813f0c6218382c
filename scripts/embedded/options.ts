import { resolve } from 'node:path'
import { CoreHeaders } from 'miniflare'
import type { MiniflareOptions, WorkerOptions } from 'miniflare'
import type { Link } from '../../localcloud/cloudflare/link.ts'
import type { Manifest } from './manifest.ts'

/** What a manifest does not say: the code, the secrets, and where a test wants something else. */
type Runtime = {
  readonly script: string
  readonly bindings: Record<string, string>
  readonly queueDelaySeconds?: number
}

/** The manifest as Miniflare 4 wants it. A change of Miniflare's major version is a change of this file. */
export function workerOptions(manifest: Manifest, runtime: Runtime): WorkerOptions {
  return {
    name: manifest.name,
    modules: [{ type: 'ESModule', path: 'index.js', contents: runtime.script }],
    compatibilityDate: manifest.compatibility_date,
    compatibilityFlags: manifest.compatibility_flags,
    bindings: { ...manifest.vars, ...runtime.bindings },
    d1Databases: Object.fromEntries(manifest.d1_databases.map((db) => [db.binding, db.database_id])),
    r2Buckets: Object.fromEntries(manifest.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name])),
    durableObjects: Object.fromEntries(
      manifest.durable_objects.bindings.map(({ name, class_name }) => [
        name,
        { className: class_name, useSQLite: true },
      ]),
    ),
    workflows: Object.fromEntries(
      manifest.workflows.map(({ binding, name, class_name }) => [binding, { name, className: class_name }]),
    ),
    ratelimits: Object.fromEntries(
      manifest.ratelimits.map(({ name, namespace_id, simple }) => [name, { namespace_id, simple }]),
    ),
    ...queueOptions(manifest, runtime),
    ...assetOptions(manifest),
  }
}

function queueOptions({ queues }: Manifest, { queueDelaySeconds }: Runtime): Partial<WorkerOptions> {
  return {
    queueProducers: Object.fromEntries(queues.producers.map(({ binding, queue }) => [binding, queue])),
    queueConsumers: Object.fromEntries(
      queues.consumers.map(({ queue, max_batch_size, max_batch_timeout, max_retries, dead_letter_queue: dead }) => [
        queue,
        {
          maxBatchSize: max_batch_size,
          maxBatchTimeout: queueDelaySeconds ?? max_batch_timeout,
          maxRetries: max_retries,
          ...(dead === undefined ? {} : { deadLetterQueue: dead }),
        },
      ]),
    ),
  }
}

function assetOptions({ assets }: Manifest): Partial<WorkerOptions> {
  if (!assets) return {}
  return {
    assets: {
      directory: resolve(import.meta.dirname, '../../worker', assets.directory),
      binding: assets.binding,
      routerConfig: { invoke_user_worker_ahead_of_assets: assets.run_worker_first, has_user_worker: true },
    },
  }
}

/** Where a server listens and stores, and how it is linked with a local account, if there is one. */
type Place = { readonly host: string; readonly port: number; readonly folder: string; readonly link: Link | null }

/**
 * The manifest as a server that people reach. The public port is a socket of the Worker itself: Miniflare's entry would
 * cost two thirds of the throughput, answers paths of its own, and believes whatever address a client claims to have.
 */
export function serverOptions(manifest: Manifest, runtime: Runtime, place: Place): MiniflareOptions {
  // With this header named, workerd takes `request.cf`, and in it the caller's address, from whoever sends the header.
  Object.assign(CoreHeaders, { CF_BLOB: undefined })
  const { assets, ...worker } = workerOptions(manifest, runtime)
  const files = `${manifest.name}-files`
  return {
    ...persistence(place.folder),
    cf: false,
    logRequests: false,
    workers: [
      // First, so that Miniflare's entry, on some loopback port, leads to public files at most. A Worker with files of
      // its own would be called through two routers; this one asks for them where it wants them.
      { name: files, modules: [closed], compatibilityDate: manifest.compatibility_date, ...filesOf(assets) },
      {
        ...worker,
        unsafeDirectSockets: [{ host: place.host, port: place.port }],
        ...(assets?.binding ? { serviceBindings: { [assets.binding]: files } } : {}),
        wrappedBindings: place.link?.wrappedBindings ?? {},
      },
      ...(place.link?.workers ?? []),
    ],
  }
}

function filesOf(assets: WorkerOptions['assets']): Partial<WorkerOptions> {
  return assets ? { assets: { ...assets, routerConfig: { has_user_worker: false } } } : {}
}

const closed = {
  type: 'ESModule',
  path: 'index.js',
  contents: 'export default { fetch: () => new Response(null, { status: 404 }) }',
} as const

/** Keeps everything that the Worker stores below one folder. */
export function persistence(folder: string): Partial<MiniflareOptions> {
  return {
    defaultPersistRoot: folder,
    d1Persist: true,
    r2Persist: true,
    durableObjectsPersist: true,
    workflowsPersist: true,
  }
}
