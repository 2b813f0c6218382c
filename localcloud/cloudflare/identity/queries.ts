import { z } from 'zod'
import type { Store } from '../store.ts'
import { newId } from './tables.ts'
import { Condition, Policy, hashOf } from './token.ts'

const json = <Value extends z.ZodType>(value: Value) =>
  z.string().transform((text): z.infer<Value> => value.parse(JSON.parse(text)))

/** A token as it is kept: never its value. */
export const Token = z.object({
  id: z.string(),
  kind: z.enum(['user', 'account']),
  name: z.string(),
  status: z.enum(['active', 'disabled']),
  policies: json(z.array(Policy)),
  condition: json(Condition),
  issued_on: z.int(),
  modified_on: z.int(),
  not_before: z.int().nullable(),
  expires_on: z.int().nullable(),
  last_used_on: z.int().nullable(),
  is_root: z.int().transform(Boolean),
})
export type Token = z.infer<typeof Token>

/** What a caller decides about a token. */
export type Terms = Pick<Token, 'name' | 'status' | 'policies' | 'condition' | 'not_before' | 'expires_on'>

const columns = `id, kind, name, status, policies, condition, issued_on, modified_on, not_before, expires_on, last_used_on,
  is_root`

export function tokenOfValue(store: Store, value: string): Token | null {
  return store.get(Token, `select ${columns} from tokens where value_hash = ?`, hashOf(value))
}

export function tokenWith(store: Store, kind: Token['kind'], id: string): Token | null {
  return store.get(Token, `select ${columns} from tokens where kind = ? and id = ?`, kind, id)
}

/** Every token of a kind, oldest first. The owner's own is not a token that anybody manages. */
export function tokensOf(store: Store, kind: Token['kind'], direction: 'asc' | 'desc'): Token[] {
  const order = direction === 'desc' ? 'desc' : 'asc'
  const sql = `select ${columns} from tokens where kind = ? and is_root = 0 order by issued_on ${order}, id ${order} limit 1000`
  return store.all(Token, sql, kind)
}

export function insertToken(store: Store, kind: Token['kind'], value: string, terms: Terms, at: number): string {
  const id = newId()
  store.run(
    `insert into tokens (id, kind, name, value_hash, status, policies, condition, issued_on, modified_on, not_before,
      expires_on) values (:id, :kind, :name, :hash, :status, :policies, :condition, :at, :at, :not_before, :expires_on)`,
    { ...bound(terms), id, kind, hash: hashOf(value), at },
  )
  return id
}

export function updateToken(store: Store, id: string, terms: Terms, at: number): void {
  store.run(
    `update tokens set name = :name, status = :status, policies = :policies, condition = :condition,
      not_before = :not_before, expires_on = :expires_on, modified_on = :at where id = :id`,
    { ...bound(terms), id, at },
  )
}

function bound({ name, status, policies, condition, not_before, expires_on }: Terms) {
  return {
    name,
    status,
    policies: JSON.stringify(policies),
    condition: JSON.stringify(condition),
    not_before,
    expires_on,
  }
}

/** The old value is dead at once. */
export function rollToken(store: Store, id: string, value: string, at: number): void {
  store.run('update tokens set value_hash = ?, modified_on = ? where id = ?', hashOf(value), at, id)
}

export function deleteToken(store: Store, id: string): void {
  store.run('delete from tokens where id = ?', id)
}

/** Remembers a use, at most once a minute. */
export function touchToken(store: Store, { id, last_used_on: last }: Token, at: number): void {
  if (last === null || at - last > 60_000) store.run('update tokens set last_used_on = ? where id = ?', at, id)
}

/** Keeps the owner's token, which may do everything for ever, under the value that the settings give. */
export function keepRootToken(store: Store, value: string, at: number): void {
  store.transaction(() => {
    if (tokenOfValue(store, value)?.is_root) return
    store.run('delete from tokens where is_root = 1')
    const none: Terms = {
      name: 'Owner',
      status: 'active',
      policies: [],
      condition: {},
      not_before: null,
      expires_on: null,
    }
    const id = insertToken(store, 'user', value, none, at)
    store.run('update tokens set is_root = 1 where id = ?', id)
  })
}
