import type { Reference } from './grant.ts'
import { entriesOf, textsAt, textsIn } from './members.ts'
import { ownOf } from './own.ts'

/** Where a binding names what it binds. */
type Field = { readonly kind: string; readonly members: readonly string[]; readonly explicit?: boolean }

/** Types that bind nothing but what the script brings itself, or what every script of an account may use. */
const inline = new Set(
  (
    'plain_text json secret_text secret_key text_blob data_blob wasm_module version_metadata assets ai browser images ' +
    // `inherit`: what an earlier version of the same script had, whoever gave it that.
    'media inherit'
  ).split(' '),
)

/** What each type binds. A type that is in neither table is taken for what only `*` or `binding:<type>` covers. */
const binding: Readonly<Record<string, readonly Field[]>> = {
  d1: [{ kind: 'd1', members: ['id', 'database_id'] }],
  kv_namespace: [{ kind: 'kv', members: ['namespace_id'] }],
  r2_bucket: [{ kind: 'r2', members: ['bucket_name'] }],
  queue: [{ kind: 'queue', members: ['queue_name'] }],
  service: [{ kind: 'script', members: ['service'] }],
  durable_object_namespace: [
    { kind: 'script', members: ['script_name'] },
    { kind: 'durable_object', members: ['namespace_id'], explicit: true },
    { kind: 'dispatch', members: ['dispatch_namespace'] },
  ],
  workflow: [
    { kind: 'workflow', members: ['workflow_name'] },
    { kind: 'script', members: ['script_name'] },
  ],
  dispatch_namespace: [{ kind: 'dispatch', members: ['namespace'] }],
  analytics_engine: [{ kind: 'analytics', members: ['dataset'] }],
  hyperdrive: [{ kind: 'hyperdrive', members: ['id'] }],
  vectorize: [{ kind: 'vectorize', members: ['index_name'] }],
  mtls_certificate: [{ kind: 'mtls_certificate', members: ['certificate_id'] }],
  pipelines: [{ kind: 'pipeline', members: ['pipeline'] }],
  ratelimit: [{ kind: 'ratelimit', members: ['namespace_id'] }],
}

/** What must be named for a type to bind anything: without it Cloudflare might take something else for it. */
const optional = new Set(['durable_object_namespace', 'workflow'])

/** What a binding of an upload, a version or a change of settings leads to. */
export function referencesOfBinding(value: unknown): Reference[] {
  const types = textsAt(value, 'type')
  const [type, ...others] = types
  if (type === undefined || others.length > 0) return [{ kind: 'binding', name: 'of no type' }]
  if (inline.has(type)) return []
  if (type === 'secrets_store_secret') return secretOf(value)
  const fields = binding[type]
  if (!fields) return unknownType(type, value)
  const named = fields.flatMap(({ kind, members, explicit = false }) =>
    members.flatMap((member) => textsAt(value, member).map((name) => ({ kind, name, explicit }))),
  )
  if (named.length === 0 && !optional.has(type)) return [{ kind: 'binding', name: type }]
  return [...named, ...outbound(value), ...grantsAbroad(value)]
}

/** A type that came after this was written: whatever text it holds could name something of ours. */
function unknownType(type: string, value: unknown): Reference[] {
  return [{ kind: 'binding', name: type }, ...textsIn(value).flatMap(ownOf)]
}

/**
 * An account has one store, so that the secret counts, too: `secrets_store:<store>/<secret>`. One that holds a leased
 * token may do more than who binds it: `*` does not cover it.
 */
function secretOf(value: unknown): Reference[] {
  const names = textsAt(value, 'secret_name')
  const found = textsAt(value, 'store_id').flatMap((store) => names.map((name) => `${store}/${name}`))
  return found.length === 0
    ? [{ kind: 'binding', name: 'secrets_store_secret' }]
    : found.map((name) => ({ kind: 'secrets_store', name, explicit: /\/TOKEN_/i.test(name) }))
}

/** The Worker that a dispatch namespace's scripts send their requests through. */
function outbound(value: unknown): Reference[] {
  return entriesOf(value, 'outbound')
    .flatMap((out) => entriesOf(out, 'worker'))
    .flatMap((worker) => textsAt(worker, 'service'))
    .map((name) => ({ kind: 'script', name }))
}

/** A service of another account. */
function grantsAbroad(value: unknown): Reference[] {
  return entriesOf(value, 'cross_account_grant').some((grant) => grant !== null)
    ? [{ kind: 'binding', name: 'cross_account_grant', explicit: true }]
    : []
}
