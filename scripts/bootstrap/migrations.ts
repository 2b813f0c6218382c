import { z } from 'zod'
import type { Account } from '../account/api.ts'
import { migrated, Wrangler } from '../account/wrangler.ts'
import { migrationNames } from '../embedded/migrations.ts'
import { findPlatform } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'

/** The Worker's databases, brought up to date. */
export const migrations: Step = {
  title: 'migrations',
  async look({ account, ...rest }) {
    const { ids } = await findPlatform({ account, ...rest })
    const missing = new Set<string>()
    for (const binding of migrated) for (const name of await missingIn(account, ids[binding])) missing.add(name)
    if (missing.size === 0) return done(`all ${migrationNames().length} are applied`)
    return open(`applies ${[...missing].join(', ')}`)
  },
  async take(world) {
    const { ids } = await findPlatform(world)
    const wrangler = new Wrangler(world.account.place, world.settings, ids, world.env)
    for (const binding of migrated) await wrangler.migrate(binding)
    return 'applied'
  },
}

const Name = z.object({ name: z.string() })

async function missingIn(account: Account, database: string | undefined): Promise<string[]> {
  if (database === undefined) return migrationNames()
  const table = 'd1_migrations'
  const tables = await account.rows(database, `select name from sqlite_master where name = '${table}'`, Name)
  const applied = tables.length === 0 ? [] : await account.rows(database, `select name from ${table}`, Name)
  return migrationNames().filter((name) => !applied.some((each) => each.name === name))
}
