import type { Operation } from './operation.ts'

/** What a call is about: a script, a database, …; `account` and `user` name a product of theirs, `zone` a zone. */
export type Resource = { readonly kind: string; readonly name: string }

/** How much of a kind a call concerns. `list` and `create` name none: what is listed is filtered, a new one is in the body. */
export type Reach = 'item' | 'list' | 'create'

export type Target = { readonly reach: Reach; readonly resources: readonly [Resource, ...Resource[]] }

/** Places below `/accounts/{}` whose next name is a resource. Longer ones stand before those they begin with. */
const places: readonly (readonly [path: string, kind: string])[] = [
  ['workers/tails/by-consumer', 'script'],
  ['workers/scripts', 'script'],
  ['workers/services', 'script'],
  ['workers/workers', 'script'],
  ['workers/dispatch/namespaces', 'dispatch'],
  ['storage/kv/namespaces', 'kv'],
  ['d1/database', 'd1'],
  ['r2/buckets', 'r2'],
  ['event_notifications/r2', 'r2'],
  ['r2-catalog', 'r2'],
  ['queues', 'queue'],
  ['workflows', 'workflow'],
  ['pages/projects', 'pages'],
  ['secrets_store/stores', 'secrets_store'],
  ['hyperdrive/configs', 'hyperdrive'],
  ['vectorize/v2/indexes', 'vectorize'],
]

/** Every kind that a pattern may name. */
export const kinds: readonly string[] = [
  ...new Set([...places.map(([, kind]) => kind), 'zone', 'account', 'user', 'durable_object', 'analytics']),
  'mtls_certificate',
  'pipeline',
  'ratelimit',
  'binding',
]

/** Lists of a kind whose elements have no place below them. */
const lists = new Map([
  ['accounts/{}/workers/scripts-search', 'script'],
  ['accounts/{}/workers/durable_objects/namespaces', 'script'],
  ['accounts/{}/workers/domains', 'script'],
  ['accounts/{}/workers/domains/records', 'script'],
])
/** Places where somebody puts a script at names of a zone, and the body says of which. */
const zoned = /\/workers\/(?:domains|scripts\/\{\}\/(?:routes|domains))(?:\/|$)/
const anyZone: Resource = { kind: 'zone', name: '*' }

const collections = new Map(places.map(([path, kind]) => [`accounts/{}/${path}`, kind]))
const depths = [...new Set(places.map(([path]) => path.split('/').length + 2))].toSorted((a, b) => b - a)

/** What an operation is about, by its path alone. */
export function targetOf({ method, template, parameters }: Operation): Target {
  const path = template.join('/')
  const listed = lists.get(path)
  if (listed !== undefined) return ofList(listed, path, method)
  for (const depth of depths) {
    const kind = collections.get(template.slice(0, depth).join('/'))
    if (kind === undefined) continue
    if (template.length > depth && template[depth] === '{}') return item(method, kind, template, parameters)
    if (template.length === depth) return { reach: reachOf(method), resources: [{ kind, name: '*' }] }
  }
  return elsewhere(method, template, parameters)
}

/** Any other method concerns all of a collection, so that only a pattern for all of its kind covers it. */
function reachOf(method: string): Reach {
  if (method === 'GET' || method === 'HEAD') return 'list'
  return method === 'POST' ? 'create' : 'item'
}

function ofList(kind: string, path: string, method: string): Target {
  const all: Resource = { kind, name: '*' }
  const isPut = zoned.test(path) && method === 'PUT'
  return isPut ? { reach: 'create', resources: [all, anyZone] } : { reach: reachOf(method), resources: [all] }
}

/** Notifications of a bucket name a queue, too; routes and domains of a script concern zones. */
function item(method: string, kind: string, template: readonly string[], parameters: readonly string[]): Target {
  const queue = template[2] === 'event_notifications' ? parameters[2] : undefined
  const queues = queue === undefined ? [] : [{ kind: 'queue', name: nameIn(queue) }]
  const zones = zoned.test(template.join('/')) && method !== 'GET' && method !== 'HEAD' ? [anyZone] : []
  return { reach: 'item', resources: [{ kind, name: nameIn(parameters[1] ?? '') }, ...queues, ...zones] }
}

function elsewhere(method: string, template: readonly string[], parameters: readonly string[]): Target {
  const [scope = '', second, product = 'itself'] = template
  if (scope === 'accounts') return one('account', product)
  if (scope === 'user') return one('user', second ?? 'itself')
  if (scope !== 'zones') return one('account', scope)
  return second === undefined
    ? { ...one('zone', '*'), reach: reachOf(method) }
    : one('zone', nameIn(parameters[0] ?? ''))
}

function one(kind: string, name: string): Target {
  return { reach: 'item', resources: [{ kind, name }] }
}

/** A name of a path, decoded; broken escapes stay as they are, and then match nothing but `*`. */
export function nameIn(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

/**
 * Whether each parameter is one plain name however often somebody decodes it: `shop%2F..%2Fother` is none. What stands
 * for the rest of a path, such as the key of an object, may hold slashes, but no way upwards.
 */
export function isPlain({ template, parameters }: Operation): boolean {
  const isKey = template.at(-1) === '{...}' || keyed.has(template.at(-2) ?? '')
  return parameters.every((parameter, index) => {
    const name = nameIn(parameter)
    if (isKey && index === parameters.length - 1)
      return [name, nameIn(name)].every((text) => text.split(/[/\\]/).every((part) => part !== '.' && part !== '..'))
    return name !== '' && name !== '.' && name !== '..' && !/[/\\%?#\p{Cc}]/u.test(name)
  })
}

/** What stands before the key of a stored value. */
const keyed = new Set(['values', 'metadata', 'objects'])

/** Whether a pattern covers a resource: `script:shop-*`, `d1:<id>`, `kv:*`; `*` covers all. */
export function matches(pattern: string, { kind, name }: Resource): boolean {
  if (pattern === '*') return true
  const colon = pattern.indexOf(':')
  if (pattern.slice(0, colon) !== kind) return false
  const wanted = pattern.slice(colon + 1)
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}

/** As it stands in a pattern and in the audit. */
export function shown({ kind, name }: Resource): string {
  return `${kind}:${name}`
}
