import { takeFolder } from './embedded/folder.ts'
import { manifest } from './embedded/manifest.ts'
import { migrate } from './embedded/migrations.ts'
import { makeMiniflare } from './embedded/miniflare.ts'
import { persistence } from './embedded/options.ts'
import { Refusal } from './embedded/refusal.ts'
import { readSettings } from './embedded/settings.ts'

/** Brings the database below DATA_DIR up to date without starting the server, which does the same at its start. */
async function run(): Promise<void> {
  const folder = takeFolder(readSettings(process.env).folder)
  const databases = Object.fromEntries(manifest.d1_databases.map(({ binding, database_id: id }) => [binding, id]))
  const empty = 'export default {}'
  const mf = makeMiniflare({
    ...persistence(folder.path),
    cf: false,
    modules: true,
    script: empty,
    d1Databases: databases,
  })
  for (const { binding } of manifest.d1_databases.filter((database) => database.migrations_dir)) {
    const applied = await migrate(await mf.getD1Database(binding))
    for (const name of applied) console.log(`Applied ${name} to ${binding}.`)
    if (applied.length === 0) console.log(`${binding} is up to date.`)
  }
  await mf.dispose()
  folder.release()
}

try {
  await run()
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exit(1)
}
