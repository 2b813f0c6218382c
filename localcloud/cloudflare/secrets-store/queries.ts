import { newId } from '../identity/tables.ts'
import type { Page } from '../pages.ts'
import type { Store as State } from '../store.ts'
import { noSecret, noStore } from './errors.ts'
import { Secret, Store } from './schema.ts'
import type { NewSecret, SecretChange } from './schema.ts'

const columns = 'id, store_id, name, scopes, comment, status, created_at, modified_at'
const orders: Readonly<Record<string, string>> = {
  name: 'name',
  comment: 'comment',
  status: 'status',
  modified: 'modified_at',
  created: 'created_at',
}

/** The column that a caller names, and the way; newest first unless said otherwise. */
function orderOf(order: string | undefined, direction: string | undefined): string {
  const way = direction === 'asc' ? 'asc' : 'desc'
  return `${orders[order ?? 'created'] ?? 'created_at'} ${way}, id ${way}`
}

export function storeOf(state: State, id: string): Store {
  const found = state.get(Store, 'select id, name, created_at, modified_at from secrets_stores where id = ?', id)
  if (!found) throw noStore()
  return found
}

export function storesOf(state: State, { order, direction }: { order?: string; direction?: string }): Store[] {
  const column = order === 'name' ? 'name' : order
  const sql = `select id, name, created_at, modified_at from secrets_stores order by ${orderOf(column, direction)}`
  return state.all(Store, sql)
}

export function addStore(state: State, name: string, at: number): string {
  const id = newId()
  state.run('insert into secrets_stores (id, name, created_at, modified_at) values (?, ?, ?, ?)', id, name, at, at)
  return id
}

export function removeStore(state: State, id: string): void {
  state.run('delete from secrets_stores where id = ?', id)
}

export function countSecrets(state: State, store: string | null = null): number {
  return state.count('select count(*) from store_secrets where :store is null or store_id = :store', { store })
}

export function secretOf(state: State, store: string, id: string): Secret {
  const found = state.get(Secret, `select ${columns} from store_secrets where store_id = ? and id = ?`, store, id)
  if (!found) throw noSecret()
  return found
}

type Wanted = { search?: string; scopes?: string; order?: string; direction?: string }

/** One page of a store's secrets, and how many fit. */
export function secretsOf(state: State, store: string, wanted: Wanted, { limit, offset }: Page): [Secret[], number] {
  const { search = '', scopes = '', order, direction } = wanted
  const filter = `store_id = :store and (instr(name, :search) > 0 or instr(coalesce(comment, ''), :search) > 0)
    and (:scopes = '' or exists (select 1 from json_each(store_secrets.scopes) as s
      where instr(',' || :scopes || ',', ',' || s.value || ',') > 0))`
  const sql = `select ${columns} from store_secrets where ${filter} order by ${orderOf(order, direction)}
    limit :limit offset :offset`
  return [
    state.all(Secret, sql, { store, search, scopes, limit, offset }),
    state.count(`select count(*) from store_secrets where ${filter}`, { store, search, scopes }),
  ]
}

export function isNameTaken(state: State, store: string, name: string): boolean {
  return state.count('select count(*) from store_secrets where store_id = ? and name = ?', store, name) > 0
}

export function addSecret(state: State, store: string, secret: NewSecret, at: number): string {
  const id = newId()
  state.run(
    `insert into store_secrets (id, store_id, name, value, scopes, comment, created_at, modified_at)
      values (:id, :store, :name, :value, :scopes, :comment, :at, :at)`,
    { id, store, at, ...secret, scopes: JSON.stringify(secret.scopes), comment: secret.comment ?? null },
  )
  return id
}

/** Changes what is given and leaves the rest. */
export function changeSecret(state: State, id: string, change: SecretChange, at: number): void {
  const { value = null, scopes, comment = null } = change
  state.run(
    `update store_secrets set value = coalesce(:value, value), scopes = coalesce(:scopes, scopes),
      comment = coalesce(:comment, comment), modified_at = :at where id = :id`,
    { id, value, scopes: scopes ? JSON.stringify(scopes) : null, comment, at },
  )
}

/** Makes a secret with the value of another one, which nobody has to read for it. */
export function copySecret(state: State, from: Secret, copy: Omit<NewSecret, 'value'>, at: number): string {
  const id = addSecret(state, from.store_id, { ...copy, value: '' }, at)
  state.run('update store_secrets set value = (select value from store_secrets where id = ?) where id = ?', from.id, id)
  return id
}

export function removeSecret(state: State, store: string, id: string): number {
  return state.run('delete from store_secrets where store_id = ? and id = ?', store, id)
}
