import type { ServiceDesignator, Worker_Binding as WorkerBinding } from 'miniflare'
import { z } from 'zod'
import type { Blobs } from '../blobs.ts'
import type { Binding, Module, Version } from '../scripts/schema.ts'
import { assetsOf, doorOf, serviceOf, shared, system, wrappers } from './names.ts'
import type { Plan, Running } from './plan.ts'
import { exportsOf } from './plan.ts'
import { Usage, usageNumbers } from './usages.ts'

/** For whom a binding is made. */
export type Scope = { readonly plan: Plan; readonly running: Running; readonly blobs: Blobs }
type Parts = { readonly modules: readonly Module[]; readonly blobs: Blobs }
/** What a binding is, whatever it is called. */
type Bound = WorkerBinding & { readonly name?: never }

/** Types that are values: a candidate's first lines may already read them. */
const values: Readonly<Record<string, (binding: Binding, parts: Parts) => Bound>> = {
  plain_text: ({ text: value }) => ({ text: text(value) }),
  secret_text: ({ text: value }) => ({ text: text(value) }),
  json: ({ json }) => ({ json: JSON.stringify(json) }),
  secret_key: cryptoKey,
  text_blob: (binding, parts) => ({ text: part(binding, parts).toString('utf8') }),
  data_blob: (binding, parts) => ({ data: part(binding, parts) }),
  wasm_module: (binding, parts) => ({ wasmModule: part(binding, parts) }),
}

/** Types that lead somewhere. */
const ways: Readonly<Record<string, (binding: Binding, scope: Scope) => Bound>> = {
  kv_namespace: ({ namespace_id: id }) => ({ kvNamespace: { name: shared.kv, props: props({ id }) } }),
  d1: database,
  r2_bucket: ({ bucket_name: id }) => ({ r2Bucket: { name: shared.r2, props: props({ id }) } }),
  durable_object_namespace: objectNamespace,
  queue: ({ queue_name: name }, { plan }) => ({
    queue: { ...systemEntry('QueueSender', { queue: plan.queues.get(text(name)) ?? '' }) },
  }),
  service: serviceBinding,
  workflow,
  secrets_store_secret: ({ store_id: store, secret_name: secret }) =>
    wrapped(wrappers.secret, systemEntry('Secrets', { store, secret })),
  dispatch_namespace: ({ namespace }) => wrapped(wrappers.dispatch, systemEntry('Dispatcher', { namespace })),
  analytics_engine: ({ dataset }) => ({
    wrapped: {
      moduleName: 'analytics-engine:local-simulator',
      innerBindings: [{ name: 'dataset', json: JSON.stringify(dataset) }],
    },
  }),
  version_metadata: (_, { running: { version } }) => ({ json: JSON.stringify(metadataOf(version)) }),
  ratelimit: rateLimit,
  assets: (_, { running }) => ({ service: { name: running.version.assets ? assetsOf(running.key) : shared.missing } }),
  worker_loader: ({ name }, { running }) => ({ workerLoader: { id: `${running.key}:${name}` } }),
}

/** Every binding of a version. What cannot be had here says so when it is used, not when the script starts. */
export function bindingsOf(bindings: readonly Binding[], scope: Scope): WorkerBinding[] {
  const parts = { modules: scope.running.version.modules, blobs: scope.blobs }
  return bindings.map((binding) => {
    const value = values[binding.type]?.(binding, parts)
    return { name: binding.name, ...(value ?? (ways[binding.type] ?? unavailable)(binding, scope)) }
  })
}

/** The bindings of a candidate that is tried alone: nothing that it could reach exists there. */
export function trialBindingsOf(bindings: readonly Binding[], parts: Parts): WorkerBinding[] {
  return bindings.map((binding) => ({
    name: binding.name,
    ...(values[binding.type] ?? unavailable)(binding, parts),
  }))
}

/** A member of a binding that ought to be a text. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What the system Worker learns of the binding that called it. */
function props(value: object): { json: string } {
  return { json: JSON.stringify(value) }
}

function systemEntry(entrypoint: string, told: object): ServiceDesignator {
  return { name: serviceOf(system), entrypoint, props: props(told) }
}

function wrapped(moduleName: string, service: ServiceDesignator): Bound {
  return { wrapped: { moduleName, innerBindings: [{ name: 'fetcher', service }] } }
}

function metadataOf({ id, annotations, created_on: at }: Version): object {
  return { id, tag: annotations['workers/tag'] ?? '', timestamp: new Date(at).toISOString() }
}

function unavailable({ name, type }: Binding): Bound {
  const message = `The binding ${name} of type ${type} does not exist in the local account.`
  return {
    wrapped: { moduleName: wrappers.unavailable, innerBindings: [{ name: 'message', json: JSON.stringify(message) }] },
  }
}

function database({ id, database_id: long }: Binding, { plan }: Scope): Bound {
  const known = text(id) || text(long)
  const storage = plan.databases.get(known) ?? known
  return {
    wrapped: {
      moduleName: 'cloudflare-internal:d1-api',
      innerBindings: [{ name: 'fetcher', service: { name: shared.d1, props: props({ id: storage }) } }],
    },
  }
}

/** A class that is not there (any more) must not keep the runtime from starting: its objects say so when called. */
function objectNamespace({ class_name: named, script_name: other }: Binding, { plan, running }: Scope): Bound {
  const key = other ? text(other) : running.key
  const target = plan.scripts.get(key)
  const className = text(named)
  const isThere = exportsOf(target).includes(className) && target?.classes.some((known) => known.class === className)
  if (isThere) return { durableObjectNamespace: { className, serviceName: serviceOf(key) } }
  return { durableObjectNamespace: { className: 'MissingObject', serviceName: shared.missing } }
}

function serviceBinding({ service, entrypoint, props: told }: Binding, { plan }: Scope): Bound {
  const key = text(service)
  const target = plan.scripts.get(key)
  if (!target) return { service: { name: shared.missing } }
  const extra = told === undefined ? {} : { props: { json: JSON.stringify(told) } }
  const entry = text(entrypoint)
  if (entry === '' || entry === 'default') {
    return { service: { name: target.version.assets ? doorOf(key) : serviceOf(key), ...extra } }
  }
  if (!exportsOf(target).includes(entry)) return { service: { name: shared.missing } }
  return { service: { name: serviceOf(key), entrypoint: entry, ...extra } }
}

function workflow(binding: Binding, { plan }: Scope): Bound {
  const name = text(binding['workflow_name'])
  if (!plan.workflows.some((row) => row.name === name)) return unavailable(binding)
  return {
    wrapped: {
      moduleName: 'workflows:local-wrapped-binding',
      innerBindings: [{ name: 'binding', service: { name: `workflows:${name}`, entrypoint: 'WorkflowBinding' } }],
    },
  }
}

function rateLimit({ namespace_id: id, simple }: Binding): Bound {
  const { limit, period } = Object(simple)
  return {
    wrapped: {
      moduleName: 'cloudflare-internal:ratelimit:module',
      innerBindings: [
        { name: 'fetcher', service: { name: `ratelimit:ns:${text(id)}` } },
        { name: 'limit', json: JSON.stringify(limit) },
        { name: 'period', json: JSON.stringify(period) },
      ],
    },
  }
}

function cryptoKey({ algorithm, format, key_base64: base64, key_jwk: jwk, usages }: Binding): Bound {
  const key = format === 'jwk' ? { jwk: JSON.stringify(jwk) } : { base64: text(base64) }
  const used = z.array(Usage).parse(usages)
  const numbers = used.map((name) => usageNumbers[name])
  return { cryptoKey: { ...key, algorithm: { json: JSON.stringify(algorithm) }, extractable: false, usages: numbers } }
}

function part({ part: name }: Binding, { modules, blobs }: Parts): Buffer {
  const found = modules.find((module) => module.name === name)
  return found ? blobs.get(found.hash) : Buffer.alloc(0)
}
