import { z } from 'zod'
import table from './operations.json' with { type: 'json' }
import { dataOverlay } from './overlay-data.ts'
import { overlay } from './overlay.ts'
import type { Rule } from './overlay.ts'

/** What the account knows about a path: who may use which method, and whom it concerns. */
export type Operation = { readonly rule: Rule; readonly account: string | null; readonly zone: string | null }
type Methods = ReadonlyMap<string, Rule>
type Node = { readonly next: Map<string, Node>; methods: Map<string, Rule> }

const Table = z.record(z.string(), z.record(z.string(), z.int()))
const root: Node = { next: new Map(), methods: new Map() }

for (const [path, methods] of Object.entries(Table.parse(table.operations))) {
  for (const [method, set] of Object.entries(methods)) add(path, method, table.sets[set] ?? [])
}
for (const [path, methods] of Object.entries({ ...overlay, ...dataOverlay })) {
  for (const [method, rule] of Object.entries(methods)) add(path, method, rule)
}

function add(path: string, method: string, rule: Rule): void {
  const node = path
    .slice(1)
    .split('/')
    .reduce((at, name) => {
      const key = name.startsWith('{') && name !== '{...}' ? '{}' : name
      const next = at.next.get(key) ?? { next: new Map(), methods: new Map() }
      at.next.set(key, next)
      return next
    }, root)
  node.methods.set(method, rule)
}

/** The operation of a path below `/client/v4`; `methods` when only the method is wrong, null when the path is none. */
export function operationOf(method: string, path: string): Operation | { readonly methods: readonly string[] } | null {
  const names = path.replace(/\/$/, '').slice(1).split('/')
  const methods = find(root, names)
  if (!methods) return null
  const rule = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined)
  if (!rule) return { methods: [...methods.keys()] }
  const [scope, id] = names
  return {
    rule,
    account: scope === 'accounts' && id !== undefined ? id : null,
    zone: scope === 'zones' && id !== undefined ? id : null,
  }
}

/** A written name goes before a parameter, and a parameter before the rest of a path. */
function find(node: Node, names: readonly string[]): Methods | null {
  const [name, ...rest] = names
  if (name === undefined) return node.methods.size > 0 ? node.methods : null
  for (const key of name === '' ? [name] : [name, '{}']) {
    const next = node.next.get(key)
    const found = next ? find(next, rest) : null
    if (found) return found
  }
  return node.next.get('{...}')?.methods ?? null
}
