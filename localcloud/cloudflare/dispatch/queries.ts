import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../envelope.ts'
import type { Store } from '../store.ts'

const Details = z.object({ trusted_workers: z.boolean().default(false) })
export const Namespace = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.int(),
  modified_at: z.int(),
  details: z.string().transform((text) => Details.parse(JSON.parse(text))),
})
export type Namespace = z.infer<typeof Namespace>

const columns = 'id, name, created_at, modified_at, details'

export const namespaceExists = (name: string): ApiError =>
  new ApiError(409, { code: 100_120, message: `workers.api.error.dispatch_namespace_already_exists: ${name}` })

export const noNamespace = (): ApiError =>
  new ApiError(404, { code: 100_119, message: 'workers.api.error.dispatch_namespace_not_found' })

export const badNamespace = (detail: string): ApiError =>
  new ApiError(400, { code: 100_118, message: `workers.api.error.invalid_dispatch_namespace: ${detail}` })

/** The dispatch namespace that a path names. */
export function namespaceOf(store: Store, name: string): Namespace {
  const found = store.get(Namespace, `select ${columns} from dispatch_namespaces where name = ?`, name)
  if (!found) throw noNamespace()
  return found
}

export function allNamespaces(store: Store): Namespace[] {
  return store.all(Namespace, `select ${columns} from dispatch_namespaces order by created_at desc, id`)
}

export function addNamespace(store: Store, name: string, at: number): void {
  const sql = 'insert into dispatch_namespaces (id, name, created_at, modified_at) values (?, ?, ?, ?)'
  store.run(sql, randomUUID(), name, at, at)
}

/** Gives a namespace another name, or its scripts another degree of trust. */
export function changeNamespace(store: Store, known: Namespace, name: string, isTrusted: boolean, at: number): void {
  const sql = 'update dispatch_namespaces set name = ?, details = ?, modified_at = ? where id = ?'
  store.run(sql, name, JSON.stringify({ trusted_workers: isTrusted }), at, known.id)
  store.run('update scripts set namespace = ? where namespace = ?', name, known.name)
}

export function removeNamespace(store: Store, { id, name }: Namespace): void {
  store.run('delete from scripts where namespace = ?', name)
  store.run('delete from dispatch_namespaces where id = ?', id)
}

export function countScripts(store: Store, namespace: string): number {
  return store.count('select count(*) from scripts where namespace = ?', namespace)
}
