import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Log, LogLevel } from 'miniflare'
import type { Extension, MiniflareOptions, Service, Worker_Binding as WorkerBinding } from 'miniflare'
import { persistence } from '../../../scripts/embedded/options.ts'
import type { Blobs } from '../blobs.ts'
import type { Code } from './code.ts'
import { shared, system, workflowBinding, wrappers } from './names.ts'
import type { Plan } from './plan.ts'
import { rawOptions } from './plugin.ts'
import { headers } from './protocol.ts'
import { scriptBindings, scriptServices } from './services.ts'
import { slotBindings } from './slots.ts'

/** What an instance is made of beside the plan. */
export type Surroundings = {
  readonly folder: string
  readonly blobs: Blobs
  readonly blobFolder: string
  readonly code: Code
  /** Proves to the system Worker that the front calls. */
  readonly key: string
  /** Where our own server for the runtime's calls listens, as `host:port`. */
  readonly host: string
  /** Where the front listens, as `host:port`. */
  readonly front: string
  /** What ties the process to ours. */
  readonly env: Readonly<Record<string, string>>
  /** Called when the process had died and Miniflare has started it again. */
  readonly onRevival: () => Promise<void>
  readonly onOutput: (stdout: Readable, stderr: Readable) => void
}

const date = '2026-07-01'

/** The options of the instance that runs everything that is deployed. */
export function runtimeOptions(plan: Plan, around: Surroundings): MiniflareOptions {
  const raw = {
    bindings: [{ name: 'HOST', service: { name: shared.host } }, ...scriptBindings(plan), ...slotBindings()],
    services: [...sharedServices(around), ...scriptServices(plan, around.code, around.blobs)],
    extensions: [extensionOf(around.code)],
  }
  return {
    ...persistence(around.folder),
    kvPersist: true,
    cachePersist: true,
    cf: false,
    logRequests: false,
    log: new Log(LogLevel.NONE),
    handleRuntimeStdio: around.onOutput,
    unsafeRuntimeEnv: { ...around.env },
    unsafeHandleRuntimeRestart: around.onRevival,
    workers: [
      {
        name: system,
        modules: [{ type: 'ESModule', path: 'main.js', contents: around.code.main }],
        compatibilityDate: date,
        compatibilityFlags: ['service_binding_extra_handlers'],
        bindings: { KEY: around.key },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        // One of each kind, so that Miniflare runs the objects that hold the data of all.
        d1Databases: ['anchor:d1'],
        kvNamespaces: ['anchor:kv'],
        r2Buckets: ['anchor:r2'],
        analyticsEngineDatasets: { 'anchor:analytics': { dataset: 'anchor' } },
        ratelimits: rateLimits(plan),
        workflows: workflowsOf(plan),
        unsafeBindings: rawOptions(around.key, raw),
      },
    ],
  }
}

function sharedServices(around: Surroundings): Service[] {
  const objects = join(around.folder, 'objects')
  mkdirSync(objects, { recursive: true })
  return [
    { name: shared.objects, disk: { path: objects, writable: true } },
    { name: shared.blobs, disk: { path: around.blobFolder, writable: false } },
    { name: shared.host, external: { address: around.host, http: { injectRequestHeaders: [keyHeader(around.key)] } } },
    storage(shared.kv, around.code, 'kv:ns', 'KVNamespaceObject'),
    storage(shared.d1, around.code, 'd1:db', 'D1DatabaseObject'),
    storage(shared.r2, around.code, 'r2:bucket', 'R2BucketObject'),
    worker(shared.cache, around.code.cache, [
      { name: 'OBJECTS', durableObjectNamespace: { serviceName: 'cache:cache', className: 'CacheObject' } },
    ]),
    worker(shared.files, around.code.files, [{ name: 'BLOBS', service: { name: shared.blobs } }]),
    worker(shared.missing, around.code.missing, [], ['MissingObject']),
    worker(shared.outbound, around.code.outbound, [
      { name: 'KEY', text: around.key },
      { name: 'FRONT', text: around.front },
    ]),
  ]
}

function keyHeader(value: string) {
  return { name: headers.key, value }
}

function storage(name: string, { storage: text }: Code, serviceName: string, className: string): Service {
  return worker(name, text, [{ name: 'OBJECTS', durableObjectNamespace: { serviceName, className } }])
}

function worker(name: string, text: string, bindings: WorkerBinding[], classes: string[] = []): Service {
  return {
    name,
    worker: {
      modules: [{ name: 'index.js', esModule: text }],
      compatibilityDate: date,
      compatibilityFlags: ['connect_pass_through', 'experimental'],
      bindings,
      globalOutbound: { name: 'internet' },
      durableObjectNamespaces: classes.map((className) => ({ className, uniqueKey: `${name}-${className}` })),
      ...(classes.length > 0 ? { durableObjectStorage: { localDisk: shared.objects } } : {}),
    },
  }
}

function internal(name: string, esModule: string) {
  return { name, esModule, internal: true }
}

function extensionOf(code: Code): Extension {
  return {
    modules: [
      internal(wrappers.secret, code.secret),
      internal(wrappers.dispatch, code.dispatch),
      internal(wrappers.unavailable, code.unavailable),
    ],
  }
}

/** Miniflare makes one counter for each namespace; the limits themselves are part of the scripts' bindings. */
function rateLimits({ scripts }: Plan) {
  const bound = [...scripts.values()].flatMap(({ version }) =>
    version.bindings.filter(({ type }) => type === 'ratelimit'),
  )
  const ids = new Set(bound.map(({ namespace_id: id }) => String(id)))
  return Object.fromEntries(
    [...ids].map((id) => [`limit:${id}`, { namespace_id: id, simple: { limit: 1, period: 60 } }]),
  )
}

function workflowsOf({ workflows }: Plan) {
  return Object.fromEntries(
    workflows.map(({ name, script_name: scriptName, class_name: className }) => [
      workflowBinding(name),
      { name, className, scriptName },
    ]),
  )
}
