import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Miniflare } from 'miniflare'

type Database = Awaited<ReturnType<Miniflare['getD1Database']>>

const folder = join(import.meta.dirname, '../../migrations')

/** The same table that `wrangler d1 migrations apply` keeps, so that either may continue where the other stopped. */
const history = `create table if not exists d1_migrations (
  id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)`

/** A migration's statements. Each ends with `;` at the end of a line; a trigger's inner ones must not. */
export function statementsOf(name: string): string[] {
  return readFileSync(join(folder, name), 'utf8')
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*(?:\n|$)/)
    .filter((text) => text.trim() !== '')
}

/** The names of all migrations, oldest first. */
export function migrationNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
}

/** Applies what is missing, each migration whole or not at all, and returns the names of those it applied. */
export async function migrate(db: Database): Promise<string[]> {
  await db.prepare(history).run()
  const { results } = await db.prepare('select name from d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  const missing = migrationNames().filter((name) => !applied.has(name))
  for (const name of missing) {
    const statements = statementsOf(name).map((text) => db.prepare(text))
    await db.batch([...statements, db.prepare('insert into d1_migrations (name) values (?)').bind(name)])
  }
  return missing
}
