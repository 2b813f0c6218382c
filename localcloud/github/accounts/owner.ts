import { keptValue } from '../platform/settings.ts'
import type { World } from '../world.ts'
import { accountById, accountByLogin, addAccount } from './queries.ts'
import type { Account } from './schema.ts'
import { addToken, newPersonalToken } from './tokens.ts'

/** The user who is there from the start, with a token that may do everything; made once, then kept. */
export function introduceOwner({ store, options, now }: World): { readonly owner: Account; readonly token: string } {
  return store.transact(() => {
    const login = options.owner ?? keptValue(store, 'owner', () => 'owner')
    const owner = accountByLogin(store, login) ?? addUser(store, login, now())
    const token = options.token ?? keptValue(store, 'token', newPersonalToken)
    addToken(store, owner, token, { note: 'owner' }, now())
    return { owner, token }
  })
}

/** A user with the address that GitHub gives to those who show none. */
export function addUser(store: World['store'], login: string, at: number): Account {
  const { id } = addAccount(store, { type: 'User', login, name: login }, at)
  store.update('accounts', id, { email: `${id}+${login}@users.noreply.github.com` })
  const user = accountById(store, id)
  if (!user) throw new Error(`The user ${login} was not stored.`)
  return user
}
