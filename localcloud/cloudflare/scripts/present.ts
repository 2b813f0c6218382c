import type { Account } from '../identity/tables.ts'
import type { Store } from '../store.ts'
import { activeDeployment, latestVersion, versionWith } from './queries.ts'
import type { Cron } from './queries.ts'
import type { Binding, Deployment, Exports, Script, Version } from './schema.ts'

export function iso(at: number): string {
  return new Date(at).toISOString()
}

/** A binding as it is shown: secrets keep their name and type. */
export function shownBinding(binding: Binding): object {
  if (binding.type === 'secret_text') return { name: binding.name, type: binding.type }
  if (binding.type !== 'secret_key') return binding
  const { key_base64: _, key_jwk: __, ...rest } = binding
  return rest
}

/** The version that counts as the script's own: the active one, else the newest. */
export function currentVersion(store: Store, { id }: Script): Version | null {
  const active = activeDeployment(store, id)?.versions[0]
  return (active && versionWith(store, id, active.version_id)) ?? latestVersion(store, id)
}

function namedHandlers({ named }: Exports): object[] {
  return named.map(({ name, handlers }) => ({ name, handlers: handlers.length > 0 ? handlers : ['class'] }))
}

/** A script as lists show it. */
export function shownScript(script: Script, version: Version | null): Record<string, unknown> {
  const { settings } = script
  return {
    id: script.name,
    tag: script.id,
    tags: settings.tags ?? [],
    created_on: iso(script.created_on),
    modified_on: iso(script.modified_on),
    usage_model: 'standard',
    logpush: settings.logpush ?? false,
    observability: settings.observability ?? undefined,
    tail_consumers: settings.tail_consumers ?? null,
    last_deployed_from: script.deployed_from ?? 'api',
    ...(script.migration_tag === null ? {} : { migration_tag: script.migration_tag }),
    ...(version ? shownCode(version) : { handlers: [], named_handlers: [], etag: '' }),
  }
}

function shownCode(version: Version): object {
  return {
    etag: version.etag,
    handlers: version.exports.handlers,
    named_handlers: namedHandlers(version.exports),
    has_assets: version.assets !== null,
    has_modules: !version.modules.some(({ kind }) => kind === 'service'),
    compatibility_date: version.compatibility_date ?? '',
    compatibility_flags: version.compatibility_flags,
  }
}

function shownRuntime(version: Version): object {
  return {
    compatibility_date: version.compatibility_date ?? '',
    compatibility_flags: version.compatibility_flags,
    usage_model: 'standard',
    limits: version.usage['limits'] ?? {},
    ...(version.migration_tag === null ? {} : { migration_tag: version.migration_tag }),
  }
}

/** A version in a list. */
export function listedVersion(version: Version, { email, user_id: author }: Account): object {
  return {
    id: version.id,
    number: version.number,
    metadata: {
      created_on: iso(version.created_on),
      modified_on: iso(version.created_on),
      source: version.source,
      author_id: author,
      author_email: email,
      hasPreview: false,
      has_preview: false,
    },
    annotations: version.annotations,
  }
}

/** A version by itself. */
export function shownVersion(version: Version, account: Account): object {
  return {
    ...listedVersion(version, account),
    startup_time_ms: version.startup_ms,
    resources: {
      bindings: version.bindings.map(shownBinding),
      script: {
        etag: version.etag,
        handlers: version.exports.handlers,
        named_handlers: namedHandlers(version.exports),
        last_deployed_from: version.source,
      },
      script_runtime: shownRuntime(version),
    },
  }
}

export function shownDeployment(
  { id, source, created_on: at, versions, annotations }: Deployment,
  { email }: Account,
): object {
  return {
    id,
    source,
    strategy: 'percentage',
    author_email: email,
    created_on: iso(at),
    versions,
    annotations: { 'workers/triggered_by': 'deployment', ...annotations },
  }
}

/** What belongs to the script whatever its versions are. */
export function shownScriptSettings({ settings }: Script): object {
  return {
    logpush: settings.logpush ?? false,
    observability: settings.observability ?? { enabled: false },
    tags: settings.tags ?? [],
    tail_consumers: settings.tail_consumers ?? null,
  }
}

/** The settings of a script and of its current version together. */
export function shownSettings(script: Script, version: Version): object {
  return {
    ...shownScriptSettings(script),
    bindings: version.bindings.map(shownBinding),
    compatibility_date: version.compatibility_date ?? '',
    compatibility_flags: version.compatibility_flags,
    usage_model: 'standard',
    limits: version.usage['limits'] ?? {},
    ...(version.usage['placement'] ? { placement: version.usage['placement'] } : {}),
    ...(script.migration_tag === null ? {} : { migration_tag: script.migration_tag }),
    ...(version.annotations['workers/message'] === undefined ? {} : { annotations: version.annotations }),
  }
}

/** A script as the service that older clients know. */
export function shownService(script: Script, version: Version): object {
  const code = { ...shownScript(script, version), id: script.name }
  const dates = { created_on: iso(script.created_on), modified_on: iso(script.modified_on) }
  return {
    id: script.name,
    ...dates,
    usage_model: 'standard',
    default_environment: { environment: 'production', ...dates, script: code },
    environments: [{ environment: 'production', ...dates, script: code }],
  }
}

export function shownSchedule({ cron, created_on: created, modified_on: modified }: Cron): object {
  return { cron, created_on: iso(created), modified_on: iso(modified) }
}
