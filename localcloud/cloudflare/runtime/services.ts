import { supportedCompatibilityDate } from 'miniflare'
import type { Service, Worker_Binding as WorkerBinding } from 'miniflare'
import type { Blobs } from '../blobs.ts'
import type { Version } from '../scripts/schema.ts'
import { assetServices } from './assets.ts'
import { bindingsOf } from './bindings.ts'
import type { Code } from './code.ts'
import { sourceOf } from './modules.ts'
import { routerOf, serviceOf, shared, system } from './names.ts'
import { exportsOf } from './plan.ts'
import type { Plan, Running } from './plan.ts'
import type { Traced } from './protocol.ts'

/** The key of the second version of a script whose deployment is split. */
export function minorKey(key: string): string {
  return `${key}@minor`
}

/** Every service that the plan's scripts need. */
export function scriptServices(plan: Plan, code: Code, blobs: Blobs): Service[] {
  return [...plan.scripts.values()].flatMap((running) => {
    const minor = running.minor ? [scriptService(minorOf(running, running.minor.version), plan, blobs, false)] : []
    return [scriptService(running, plan, blobs, true), ...minor, ...filesOf(running, code, blobs)]
  })
}

/** How the system Worker reaches the scripts. */
export function scriptBindings(plan: Plan): WorkerBinding[] {
  return [...plan.scripts.values()].flatMap(({ key, version, minor }) => [
    { name: `open:${key}`, service: { name: version.assets ? routerOf(key) : serviceOf(key) } },
    { name: `script:${key}`, service: { name: serviceOf(key) } },
    ...(minor ? [{ name: `open:${minorKey(key)}`, service: { name: serviceOf(minorKey(key)) } }] : []),
  ])
}

function minorOf(running: Running, version: Version): Running {
  return { ...running, key: minorKey(running.key), version }
}

/** Only a script's first version has objects: there is one object of a name, whichever version calls it. */
function scriptService(running: Running, plan: Plan, blobs: Blobs, hasObjects: boolean): Service {
  const { key, version, classes } = running
  const exported = exportsOf(running)
  const scope = { plan, blobs, running: hasObjects ? running : { ...running, key: key.replace(/@minor$/, '') } }
  const objects = hasObjects ? classes.filter((known) => exported.includes(known.class)) : []
  return {
    name: serviceOf(key),
    worker: {
      ...sourceOf(version, blobs),
      compatibilityDate: dateOf(version),
      compatibilityFlags: version.compatibility_flags,
      bindings: bindingsOf(version.bindings, scope),
      durableObjectNamespaces: objects.map(({ id, class: className, uses_sqlite: enableSql }) => ({
        className,
        enableSql,
        uniqueKey: id,
      })),
      ...(objects.length > 0 ? { durableObjectStorage: { localDisk: shared.objects } } : {}),
      globalOutbound: { name: shared.outbound },
      cacheApiOutbound: { name: shared.cache, props: { json: JSON.stringify({ owner: running.script.id }) } },
      tails: [{ name: serviceOf(system), entrypoint: 'Tail', props: { json: JSON.stringify(traceOf(running, plan)) } }],
    },
  }
}

/** workerd refuses to start with a date that it does not know yet. */
export function dateOf({ compatibility_date: date }: { readonly compatibility_date: string | null }): string {
  if (date === null) return '2021-11-02'
  return date > supportedCompatibilityDate ? supportedCompatibilityDate : date
}

function traceOf({ key, script, version }: Running, { scripts }: Plan): Traced {
  const consumers = (script.settings.tail_consumers ?? []).map(({ service }) => service).filter((name) => name !== key)
  const isHere = (name: string): boolean => scripts.get(name)?.version.exports.handlers.includes('tail') ?? false
  return {
    key,
    script: script.name,
    namespace: script.namespace,
    version: version.id,
    inside: consumers.filter(isHere),
    outside: consumers.filter((name) => !isHere(name)),
  }
}

function filesOf({ key, version }: Running, code: Code, blobs: Blobs): Service[] {
  if (!version.assets) return []
  const date = dateOf(version)
  return assetServices({ key, assets: version.assets, hasCode: version.modules.length > 0, date }, code, blobs)
}
