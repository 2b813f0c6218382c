import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Account, Membership } from './schema.ts'

export function accountById(store: Store, id: number): Account | null {
  return store.first(sql`select * from accounts where id = ${id}`, Account)
}

/** A login is found in whatever case it is written. */
export function accountByLogin(store: Store, login: string): Account | null {
  return store.first(sql`select * from accounts where login = ${login}`, Account)
}

export function accountByEmail(store: Store, email: string): Account | null {
  return store.first(sql`select * from accounts where email = ${email} collate nocase limit 1`, Account)
}

export type NewAccount = Pick<Account, 'type' | 'login'> & Partial<Pick<Account, 'name' | 'email'>>

/** Adds a user or an organisation; the login must be free. */
export function addAccount(store: Store, account: NewAccount, at: number): Account {
  const { type, login, name = null, email = null } = account
  const id = store.insert('accounts', { type, login, name, email, created_at: at, updated_at: at })
  const made = accountById(store, id)
  if (!made) throw new Error(`The account ${login} was not stored.`)
  return made
}

export function membershipOf(store: Store, organization: number, user: number): Membership | null {
  const key = sql`organization_id = ${organization} and user_id = ${user}`
  return store.first(sql`select * from memberships where ${key}`, Membership)
}

export function setMembership(store: Store, membership: Membership): void {
  const { organization_id, user_id, role, state } = membership
  store.run(sql`insert into memberships (organization_id, user_id, role, state)
    values (${organization_id}, ${user_id}, ${role}, ${state})
    on conflict do update set role = excluded.role, state = excluded.state`)
}

export function endMembership(store: Store, organization: number, user: number): void {
  store.run(sql`delete from memberships where organization_id = ${organization} and user_id = ${user}`)
}

export function membersOf(store: Store, organization: number): Account[] {
  return store.all(
    sql`select accounts.* from memberships join accounts on accounts.id = user_id
      where organization_id = ${organization} and state = 'active' order by accounts.login limit 10000`,
    Account,
  )
}

export function organizationsOf(store: Store, user: number): Account[] {
  return store.all(
    sql`select accounts.* from memberships join accounts on accounts.id = organization_id
      where user_id = ${user} and state = 'active' order by accounts.id limit 10000`,
    Account,
  )
}
