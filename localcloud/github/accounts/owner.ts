import { keptValue } from '../platform/settings.ts'
import type { World } from '../world.ts'
import { accountById, accountByLogin, addAccount } from './queries.ts'
import type { Account } from './schema.ts'
import { addToken, newPersonalToken } from './tokens.ts'

type Settled = Pick<World, 'store' | 'options'>

/** The user who is there from the start, with a token that may do everything; made once, then kept. */
export function introduceOwner({ store, options, now }: World): { readonly owner: Account; readonly token: string } {
  return store.transact(() => {
    const login = ownerLogin({ store, options })
    const owner = accountByLogin(store, login) ?? addUser(store, login, now())
    const token = options.token ?? keptValue(store, `token of ${login}`, newPersonalToken)
    addToken(store, owner, token, { note: 'owner' }, now())
    return { owner, token }
  })
}

/** Whether somebody is the owner of all this, who alone may use what real GitHub does not have. */
export function isSiteOwner(settled: Settled, user: Account): boolean {
  return user.login.toLowerCase() === ownerLogin(settled).toLowerCase()
}

/** A user with the address that GitHub gives to those who show none. */
export function addUser(store: World['store'], login: string, at: number, email?: string): Account {
  const { id } = addAccount(store, { type: 'User', login, name: login }, at)
  store.update('accounts', id, { email: email ?? `${id}+${login}@users.noreply.github.com` })
  const user = accountById(store, id)
  if (!user) throw new Error(`The user ${login} was not stored.`)
  return user
}

function ownerLogin({ store, options }: Settled): string {
  return options.owner ?? keptValue(store, 'owner', () => 'owner')
}
