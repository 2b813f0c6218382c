import { newId } from '../identity/tables.ts'
import type { Page } from '../pages.ts'
import type { Store } from '../store.ts'
import { noNamespace, notAnId } from './errors.ts'
import type { Verb } from './errors.ts'
import { Namespace } from './schema.ts'

/** The namespace that a path names, or the refusal of the operation. */
export function namespaceOf(store: Store, id: string, verb: Verb): Namespace {
  if (!/^[0-9a-f]{32}$/.test(id)) throw notAnId(id)
  const found = store.get(Namespace, 'select id, title from kv_namespaces where id = ?', id)
  if (!found) throw noNamespace(verb)
  return found
}

export function isTitleTaken(store: Store, title: string, except = ''): boolean {
  return store.count('select count(*) from kv_namespaces where title = ? and id <> ?', title, except) > 0
}

export function countNamespaces(store: Store): number {
  return store.count('select count(*) from kv_namespaces')
}

/** One page of the namespaces, by title or in the order in which they were made. */
export function namespacesOf(store: Store, { limit, offset }: Page, order: string, direction: string): Namespace[] {
  const column = order === 'title' ? 'title' : order === 'id' ? 'id' : 'created_at'
  const way = direction === 'desc' ? 'desc' : 'asc'
  const sql = `select id, title from kv_namespaces order by ${column} ${way}, id ${way} limit ? offset ?`
  return store.all(Namespace, sql, limit, offset)
}

export function addNamespace(store: Store, title: string, at: number): Namespace {
  const id = newId()
  store.run('insert into kv_namespaces (id, title, created_at) values (?, ?, ?)', id, title, at)
  return { id, title }
}

export function renameNamespace(store: Store, id: string, title: string): void {
  store.run('update kv_namespaces set title = ? where id = ?', title, id)
}

export function removeNamespace(store: Store, id: string): void {
  store.run('delete from kv_namespaces where id = ?', id)
}
