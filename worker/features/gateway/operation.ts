import table from './operations.json' with { type: 'json' }
import { dataOverlay } from './overlay-data.ts'
import { overlay } from './overlay.ts'
import type { Rule } from './overlay.ts'

/** What Cloudflare's API does at a path. */
export type Operation = {
  /** As the specification calls it; of what it lacks, the method and the path. */
  readonly id: string
  readonly method: string
  /** Names of the path, from its beginning: `{}` stands for a parameter, `{...}` for the rest of the path. */
  readonly template: readonly string[]
  /** What stands for each `{}` and `{...}`, as it came: percent-encoded. */
  readonly parameters: readonly string[]
  readonly rule: Rule
  readonly account: string | null
  readonly zone: string | null
}

type Entry = { readonly id: string; readonly rule: Rule }
type Node = { readonly next: Map<string, Node>; readonly methods: Map<string, Entry> }
type Place = { readonly methods: ReadonlyMap<string, Entry>; readonly template: readonly string[] }

const sets: readonly (readonly string[])[] = table.sets
const specified: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> = table.operations
let built: Node | null = null

/** Built when it is first asked for: a Worker that only serves the rest need not wait for it. */
function tree(): Node {
  if (built) return built
  const node: Node = { next: new Map(), methods: new Map() }
  for (const [path, methods] of Object.entries(specified)) {
    for (const [method, [set, id]] of Object.entries(methods))
      add(node, path, method, { id: String(id), rule: sets[Number(set)] ?? [] })
  }
  for (const [path, methods] of Object.entries({ ...overlay, ...dataOverlay })) {
    for (const [method, rule] of Object.entries(methods)) add(node, path, method, { id: idAt(path, method), rule })
  }
  built = node
  return node
}

/** The overlay names a path as it likes: what the specification calls it stays its name. */
function idAt(path: string, method: string): string {
  const [, id] = specified[path]?.[method] ?? []
  return id === undefined ? `${method} ${path}` : String(id)
}

function add(root: Node, path: string, method: string, entry: Entry): void {
  const node = path
    .slice(1)
    .split('/')
    .reduce((at, name) => {
      const key = name.startsWith('{') && name !== '{...}' ? '{}' : name
      const next = at.next.get(key) ?? { next: new Map(), methods: new Map() }
      at.next.set(key, next)
      return next
    }, root)
  const id = entry.id.startsWith(`${method} `) ? (node.methods.get(method)?.id ?? entry.id) : entry.id
  node.methods.set(method, { ...entry, id })
}

type Found = Operation | { readonly methods: readonly string[] } | null

/** Clients ask for the same over and over. */
const found = new Map<string, Found>()

/** The operation of a path below `/client/v4`; `methods` when only the method is wrong, null when the path is none. */
export function operationOf(method: string, path: string): Found {
  const call = `${method} ${path}`
  const known = found.get(call)
  if (known !== undefined) return known
  if (found.size >= 1000) found.clear()
  const operation = lookUp(method, path)
  // What is that long is asked for once.
  if (path.length < 500) found.set(call, operation)
  return operation
}

function lookUp(method: string, path: string): Found {
  const names = path.replace(/\/$/, '').slice(1).split('/')
  const place = find(tree(), names, [])
  if (!place) return null
  const { methods, template } = place
  const entry = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined)
  if (!entry) return { methods: [...methods.keys()] }
  const [scope, id] = names
  return {
    ...entry,
    method,
    template,
    parameters: template.flatMap((name, index) => parameterAt(name, names, index)),
    account: scope === 'accounts' && id !== undefined ? id : null,
    zone: scope === 'zones' && id !== undefined ? id : null,
  }
}

function parameterAt(name: string, names: readonly string[], index: number): string[] {
  if (name === '{...}') return [names.slice(index).join('/')]
  return name === '{}' ? [names[index] ?? ''] : []
}

/** A written name goes before a parameter, and a parameter before the rest of a path. */
function find(node: Node, names: readonly string[], template: readonly string[]): Place | null {
  const [name, ...rest] = names
  if (name === undefined) return node.methods.size > 0 ? { methods: node.methods, template } : null
  for (const key of name === '' ? [name] : [name, '{}']) {
    const next = node.next.get(key)
    const place = next ? find(next, rest, [...template, key]) : null
    if (place) return place
  }
  const last = node.next.get('{...}')
  return last ? { methods: last.methods, template: [...template, '{...}'] } : null
}

/**
 * The operations that accept a permission group, with `*` in place of each parameter: what the group opens. Those that
 * whole crowds of groups open, such as reading the account's name, tell nothing of any one and are left out.
 */
export function operationsOf(group: string): Operation[] {
  return [...places(tree(), [])].flatMap(({ methods, template }) =>
    [...methods].flatMap(([method, entry]) => {
      const { rule } = entry
      if (typeof rule === 'string' || rule.length > crowd || !rule.includes(group)) return []
      const parameters = template.filter((name) => name === '{}' || name === '{...}').map(() => '*')
      return [{ ...entry, method, template, parameters, account: null, zone: null }]
    }),
  )
}

const crowd = 25

function* places(node: Node, template: readonly string[]): Generator<Place> {
  if (node.methods.size > 0) yield { methods: node.methods, template }
  for (const [name, next] of node.next) yield* places(next, [...template, name])
}

let named: ReadonlySet<string> | null = null

/** Every permission group that some operation accepts. */
export function groupNames(): ReadonlySet<string> {
  if (named) return named
  const rules = [overlay, dataOverlay].flatMap((one) => Object.values(one).flatMap((methods) => Object.values(methods)))
  named = new Set([...sets, ...rules].flatMap((rule) => (typeof rule === 'string' ? [] : rule)))
  return named
}
