import { z } from 'zod'
import type { EnvironmentConfig } from './schema.ts'

/** How an entry of a configuration becomes a binding of a script. */
const kinds: Readonly<Record<string, { readonly type: string; readonly fields: Readonly<Record<string, string>> }>> = {
  kv_namespaces: { type: 'kv_namespace', fields: { namespace_id: 'namespace_id' } },
  d1_databases: { type: 'd1', fields: { id: 'id' } },
  r2_buckets: { type: 'r2_bucket', fields: { name: 'bucket_name' } },
  queue_producers: { type: 'queue', fields: { name: 'queue_name' } },
  services: { type: 'service', fields: { service: 'service', entrypoint: 'entrypoint' } },
  durable_object_namespaces: { type: 'durable_object_namespace', fields: { namespace_id: 'namespace_id' } },
  analytics_engine_datasets: { type: 'analytics_engine', fields: { dataset: 'dataset' } },
}

type Sent = { readonly name: string; readonly type: string; readonly [field: string]: unknown }
const Entries = z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).catch({})

/** The bindings that a project gives to the code of its deployments. */
export function bindingsIn(config: EnvironmentConfig): Sent[] {
  const variables = Object.entries(config.env_vars ?? {}).flatMap(([name, variable]) =>
    variable ? [{ name, type: variable.type, text: variable.value }] : [],
  )
  const others = Object.entries(kinds).flatMap(([member, { type, fields }]) =>
    Object.entries(Entries.parse(config[member] ?? {})).flatMap(([name, entry]) =>
      entry ? [{ name, type, ...renamed(entry, fields) }] : [],
    ),
  )
  return [...variables, ...others]
}

function renamed(entry: Record<string, unknown>, fields: Readonly<Record<string, string>>): Record<string, unknown> {
  const known = Object.entries(fields).filter(([from]) => entry[from] !== undefined && entry[from] !== null)
  return Object.fromEntries(known.map(([from, to]) => [to, entry[from]]))
}

/** A configuration after a change: entries are added or replaced one by one, and null removes one. */
export function merged(config: EnvironmentConfig, change: EnvironmentConfig | undefined): EnvironmentConfig {
  if (!change) return config
  const members = Object.entries(change).map(([member, value]) => {
    if (!isEntries(value)) return [member, value]
    const all = { ...(isEntries(config[member]) ? config[member] : {}), ...value }
    return [member, Object.fromEntries(Object.entries(all).filter(([, entry]) => entry !== null))]
  })
  return { ...config, ...Object.fromEntries(members) }
}

function isEntries(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A configuration as it is shown: secrets have no value. */
export function shownConfig(config: EnvironmentConfig): object {
  return {
    fail_open: true,
    always_use_latest_compatibility_date: false,
    compatibility_date: '2026-07-01',
    compatibility_flags: [],
    build_image_major_version: 3,
    usage_model: 'standard',
    ...config,
    env_vars: hidden(config.env_vars),
  }
}

function hidden(variables: EnvironmentConfig['env_vars']): object | null {
  if (!variables || Object.keys(variables).length === 0) return null
  const shown = Object.entries(variables).map(([name, variable]) => {
    return [name, variable?.type === 'secret_text' ? { ...variable, value: '' } : variable]
  })
  return Object.fromEntries(shown)
}
