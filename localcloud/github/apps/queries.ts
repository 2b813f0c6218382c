import { accountByLogin, addAccount } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { World } from '../world.ts'
import { App } from './schema.ts'

export function appById(store: Store, id: number): App | null {
  return store.first(sql`select * from apps where id = ${id}`, App)
}

export function appOfBot(store: Store, bot: number): App | null {
  return store.first(sql`select * from apps where bot_id = ${bot}`, App)
}

export function appWithSlug(store: Store, slug: string): App | null {
  return store.first(sql`select * from apps where slug = ${slug}`, App)
}

/** GitHub's own app, in whose name workflows act. It has the number that it has everywhere. */
export function actionsApp(world: World): App {
  return builtIn(world, { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' })
}

/** Whose checks those are that somebody writes with a personal token, which only this GitHub allows. */
export function checksApp(world: World): App {
  return builtIn(world, { id: 1, slug: 'local-checks', name: 'Local checks' })
}

type BuiltIn = { readonly id: number; readonly slug: string; readonly name: string }

function builtIn(world: World, { id, slug, name }: BuiltIn): App {
  const { store, now } = world
  const known = appWithSlug(store, slug)
  if (known) return known
  return store.transact(() => {
    const at = now()
    const login = `${slug}[bot]`
    const bot = accountByLogin(store, login) ?? addAccount(store, { type: 'Bot', login }, at)
    store.insert('apps', {
      id,
      slug,
      name,
      owner_id: github(world).id,
      bot_id: bot.id,
      client_id: `Iv1.${id.toString(16).padStart(16, '0')}`,
      permissions: JSON.stringify({ checks: 'write', contents: 'read', metadata: 'read' }),
      events: '[]',
      created_at: at,
      updated_at: at,
    })
    return found(appWithSlug(store, slug))
  })
}

/** The organisation that owns what is GitHub's own. */
function github({ store, now }: World): Account {
  return (
    accountByLogin(store, 'github') ??
    addAccount(store, { type: 'Organization', login: 'github', name: 'GitHub' }, now())
  )
}
