/** What a call was about, as far as its path tells. */
export type Resource = {
  readonly product: string
  readonly type: string
  readonly id: string | null
  readonly scope: string
  readonly zone: string | null
}

const products: Readonly<Record<string, string>> = {
  storage: 'kv',
  tokens: 'api_tokens',
  event_subscriptions: 'queues',
  event_notifications: 'r2',
  builds: 'workers_builds',
}

/** Names in a path after which the name of one thing comes. */
const collections = new Set(
  `namespaces database buckets objects queues consumers stores secrets tokens scripts workflows instances zones
  dns_records routes domains projects deployments versions tails subscriptions schedules workers services triggers
  connections`.split(/\s+/),
)

/** Reads a path below `/client/v4`, without its query. */
export function resourceIn(path: string): Resource {
  const [scope = '', owner = null, ...names] = path.split('/').filter((name) => name !== '')
  const zone = scope === 'zones' ? owner : null
  const isOwned = zone !== null || scope === 'accounts'
  const rest = isOwned || owner === null ? names : [owner, ...names]
  if (rest.length === 0) return { product: scope, type: scope, id: owner, scope, zone }
  const [first = ''] = rest
  const { type, id } = thingIn(rest)
  return { product: products[first] ?? first, type, id: decoded(id), scope, zone }
}

/** Goes from collection to collection; what follows a thing's id without being one is an action upon the thing. */
function thingIn(names: readonly string[]): Pick<Resource, 'type' | 'id'> {
  const at = names.findIndex((name, index) => collections.has(name) && !(index === 0 && name === 'workers'))
  const [type = String(names[0]), id = null, ...rest] = at === -1 ? [] : names.slice(at)
  if (type === 'objects' && id !== null) return { type, id: [id, ...rest].join('/') }
  return collections.has(rest[0] ?? '') ? thingIn(rest) : { type, id }
}

/** The kind of change. */
export function actionOf(method: string, { id }: Resource): string {
  if (method === 'DELETE') return 'delete'
  return method === 'POST' && id === null ? 'create' : 'update'
}

function decoded(text: string | null): string | null {
  if (text === null) return null
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
