import { z } from 'zod'
import { Usage } from '../runtime/usages.ts'
import type { Store } from '../store.ts'
import { problems } from './errors.ts'
import type { Metadata, SentBinding } from './metadata.ts'
import { latestVersion, objectClassesOf, scriptAt, versionWith } from './queries.ts'
import type { Binding, Place, Version } from './schema.ts'

/** What a binding is checked against. */
type Scope = { readonly store: Store; readonly place: Place }
type Check = (binding: Binding, scope: Scope) => void

/** A member of a binding that must be a text. */
export function textOf(binding: Binding, ...members: string[]): string {
  for (const member of members) {
    const value = binding[member]
    if (typeof value === 'string' && value !== '') return value
  }
  throw problems.bindingWithout(binding.name, binding.type, members[0] ?? '')
}

/** What each type of binding must refer to. Types that are not here refer to nothing. */
const checks: Readonly<Record<string, Check>> = {
  plain_text: (binding) => {
    if (typeof binding['text'] !== 'string') throw problems.bindingWithout(binding.name, binding.type, 'text')
  },
  secret_text: (binding) => {
    if (typeof binding['text'] !== 'string') throw problems.bindingWithout(binding.name, binding.type, 'text')
  },
  kv_namespace: (binding, { store }) => {
    const id = textOf(binding, 'namespace_id')
    if (!has(store, 'select 1 from kv_namespaces where id = ?', id)) throw problems.namespaceMissing(id)
  },
  d1: (binding, { store }) => {
    const id = textOf(binding, 'id', 'database_id')
    if (!has(store, 'select 1 from d1_databases where id = ?', id)) throw problems.databaseMissing(binding.name, id)
  },
  r2_bucket: (binding, { store }) => {
    const name = textOf(binding, 'bucket_name')
    if (!has(store, 'select 1 from r2_buckets where name = ?', name)) throw problems.bucketMissing(name)
  },
  queue: (binding, { store }) => {
    const name = textOf(binding, 'queue_name')
    if (!has(store, 'select 1 from queues where name = ?', name)) throw problems.queueMissing(name)
  },
  secrets_store_secret: (binding, { store }) => {
    const [where, name] = [textOf(binding, 'store_id'), textOf(binding, 'secret_name')]
    const sql = 'select 1 from store_secrets where store_id = ? and name = ?'
    if (!has(store, sql, where, name)) throw problems.storeSecretMissing(binding.name)
  },
  dispatch_namespace: (binding, { store }) => {
    const name = textOf(binding, 'namespace')
    if (!has(store, 'select 1 from dispatch_namespaces where name = ?', name)) throw problems.dispatchMissing(name)
  },
  secret_key: checkKey,
  analytics_engine: (binding) => void textOf(binding, 'dataset'),
  ratelimit: (binding) => {
    const rule = z.object({ limit: z.number().positive(), period: z.literal([10, 60]) })
    textOf(binding, 'namespace_id')
    proveMember(binding, 'simple', rule)
  },
  service: checkService,
  durable_object_namespace: checkClass,
}

/** A key that cannot be read at all would be found out too late, by the runtime. */
function checkKey(binding: Binding): void {
  textOf(binding, 'format')
  proveMember(binding, 'usages', z.array(Usage))
  if (typeof binding['key_jwk'] !== 'object') textOf(binding, 'key_base64')
}

function proveMember(binding: Binding, member: string, schema: z.ZodType): void {
  if (!schema.safeParse(binding[member]).success) throw problems.bindingWithout(binding.name, binding.type, member)
}

function has(store: Store, sql: string, ...values: string[]): boolean {
  return store.count(sql, ...values) > 0
}

function checkService(binding: Binding, { store, place }: Scope): void {
  const target = textOf(binding, 'service')
  if (target === place.name && place.namespace === '') return
  const script = scriptAt(store, { namespace: '', name: target })
  const version = script && latestVersion(store, script.id)
  if (!version) throw problems.serviceUnresolved(binding.name, target)
  const { entrypoint } = binding
  if (typeof entrypoint !== 'string' || entrypoint === 'default') return
  const isThere = version.exports.named.some(({ name }) => name === entrypoint)
  if (!isThere) throw problems.entrypointUnresolved(binding.name, target, entrypoint)
}

/** A class of the script itself is checked when its migrations are known. */
function checkClass(binding: Binding, { store, place }: Scope): void {
  const other = binding['script_name']
  if (typeof binding['namespace_id'] === 'string' && binding['class_name'] === undefined) return
  const name = textOf(binding, 'class_name')
  if (typeof other !== 'string' || other === place.name) return
  const script = scriptAt(store, { namespace: '', name: other })
  if (!script) throw problems.classElsewhere(name, other)
  if (!objectClassesOf(store, script.id).some((known) => known.class === name)) throw problems.classUnbound(name)
}

/** Refuses a binding that leads nowhere. */
export function proveBinding(binding: Binding, scope: Scope): void {
  checks[binding.type]?.(binding, scope)
}

/** Every binding of an upload, with those that it keeps from the version before, each proved to lead somewhere. */
export function resolveBindings(
  { store, place }: Scope,
  { bindings, keep_bindings: kept }: Pick<Metadata, 'bindings' | 'keep_bindings'>,
  previous: Version | null,
  isStrict: boolean,
): Binding[] {
  const sent = bindings.flatMap((binding, index) => {
    const named = nameOf(binding, index)
    return named.type === 'inherit' ? inherited(store, named, previous, isStrict) : [named]
  })
  const names = new Set<string>()
  for (const { name } of sent) {
    if (names.has(name)) throw problems.bindingTwice(name)
    names.add(name)
  }
  for (const binding of sent) proveBinding(binding, { store, place })
  const others = (previous?.bindings ?? []).filter(({ name, type }) => kept.includes(type) && !names.has(name))
  return [...sent, ...others]
}

function nameOf(binding: SentBinding, index: number): Binding {
  if (binding.name === undefined || binding.name === '') throw problems.bindingUnnamed(index)
  return { ...binding, name: binding.name }
}

function inherited(store: Store, binding: Binding, previous: Version | null, isStrict: boolean): Binding[] {
  const { name, old_name: old, version_id: id } = binding
  const source = typeof id === 'string' && previous ? versionWith(store, previous.script_id, id) : previous
  const found = source?.bindings.find((one) => one.name === (typeof old === 'string' ? old : name))
  if (found) return [{ ...found, name }]
  if (isStrict) throw problems.inheritUnresolved(name)
  return []
}
