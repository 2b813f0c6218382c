import type { Cloud } from '../cloud.ts'
import { iso, shownBinding } from './present.ts'
import { activeDeployment } from './queries.ts'
import { queuesOf, referencesTo } from './removal.ts'
import type { Script, Version } from './schema.ts'

const contentTypes = {
  esm: 'application/javascript+module',
  cjs: 'application/javascript',
  service: 'application/javascript',
  wasm: 'application/wasm',
  data: 'application/octet-stream',
  text: 'text/plain',
  json: 'application/json',
  python: 'text/x-python',
  requirement: 'text/x-python-requirement',
} as const

/** Where a script answers on this machine. */
export function urlOf(cloud: Cloud, { name }: Script): string {
  const { port } = new URL(cloud.url())
  return `http://${name}.localhost:${port}`
}

/** A Worker of the JSON API. */
export function shownWorker(cloud: Cloud, script: Script): object {
  const { settings } = script
  const deployed = activeDeployment(cloud.store, script.id)
  return {
    id: script.id,
    name: script.name,
    created_on: iso(script.created_on),
    updated_on: iso(script.modified_on),
    deployed_on: deployed ? iso(deployed.created_on) : null,
    logpush: settings.logpush ?? false,
    observability: settings.observability ?? { enabled: false },
    tags: settings.tags ?? [],
    tail_consumers: (settings.tail_consumers ?? []).map(({ service }) => ({ name: service })),
    subdomain: {
      enabled: script.is_enabled,
      previews_enabled: script.has_previews,
      url: urlOf(cloud, script),
      preview_url_suffix: `-${script.name}.localhost:${new URL(cloud.url()).port}`,
    },
    references: shownReferences(cloud, script),
  }
}

function shownReferences(cloud: Cloud, script: Script): object {
  const references = referencesTo(cloud, script)
  const services = new Map(
    references.filter(({ type }) => type === 'service').map((one) => [one.script.id, one.script.name]),
  )
  return {
    workers: [...services].map(([id, name]) => ({ id, name })),
    domains: [],
    dispatch_namespace_outbounds: [],
    durable_objects: references
      .filter(({ type }) => type === 'durable_object_namespace')
      .map((one) => ({
        worker_id: one.script.id,
        worker_name: one.script.name,
        namespace_id: script.id,
        namespace_name: `${script.name}_${one.className}`,
      })),
    queues: queuesOf(cloud, script.name).map(({ id, queue_id: queue, name }) => ({
      queue_id: queue,
      queue_name: name,
      queue_consumer_id: id,
    })),
  }
}

/** A version of the JSON API; its modules only where they were asked for. */
export function shownWorkerVersion(cloud: Cloud, script: Script, version: Version, withModules = false): object {
  const modules = version.modules.map(({ name, kind, hash }) => ({
    name,
    content_type: contentTypes[kind],
    content_base64: cloud.blobs.get(hash).toString('base64'),
  }))
  return {
    id: version.id,
    number: version.number,
    urls: script.has_previews ? [urlOf(cloud, script)] : [],
    created_on: iso(version.created_on),
    source: version.source,
    annotations: version.annotations,
    main_module: version.main,
    compatibility_date: version.compatibility_date ?? '',
    compatibility_flags: version.compatibility_flags,
    bindings: version.bindings.map(shownBinding),
    usage_model: 'standard',
    limits: version.usage['limits'] ?? {},
    ...(version.usage['placement'] ? { placement: version.usage['placement'] } : {}),
    startup_time_ms: version.startup_ms,
    ...(version.migration_tag === null ? {} : { migration_tag: version.migration_tag }),
    ...(version.assets ? { assets: { config: version.assets.config } } : {}),
    ...(withModules ? { modules } : {}),
  }
}
