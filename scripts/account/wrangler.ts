import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Settings } from '../../stacks/schema/settings.ts'
import manifest from '../../worker/wrangler.json' with { type: 'json' }
import { quiet } from '../checks/tool.ts'
import { bundleWorker, copyAssets } from '../embedded/bundle.ts'
import { Refusal } from '../embedded/refusal.ts'
import { trustIn } from '../stacks/trust.ts'
import { identity } from './api.ts'
import type { Place } from './api.ts'
import { run } from './program.ts'

const root = join(import.meta.dirname, '../..')
const program = join(dirname(fileURLToPath(import.meta.resolve('wrangler/package.json'))), 'bin/wrangler.js')
const folder = join(root, '.build/worker')
const inWorker = (path: string) => join(root, 'worker', path)

/** What of `worker/wrangler.json` depends on where the file is, or on the account. */
const Configuration = z.looseObject({
  vars: z.record(z.string(), z.string()),
  d1_databases: z.array(z.looseObject({ binding: z.string(), migrations_dir: z.string().optional() })).default([]),
  kv_namespaces: z.array(z.looseObject({ binding: z.string() })).default([]),
  assets: z.looseObject({ directory: z.string() }),
})

/** The ids of databases and namespaces, by the name of their binding. */
export type Ids = Readonly<Record<string, string>>

/** Runs wrangler on the account, with the Worker's configuration and the ids in it. */
export class Wrangler {
  readonly #place: Place
  readonly #env: NodeJS.ProcessEnv
  readonly #configuration: object

  constructor(place: Place, settings: Settings, ids: Ids, env: NodeJS.ProcessEnv) {
    this.#place = place
    this.#env = env
    this.#configuration = configurationFor(place, trustIn(settings), ids)
  }

  /** Applies the migrations that a database lacks. */
  async migrate(binding: string): Promise<void> {
    // It prints the whole list after each of them.
    await this.#run(['d1', 'migrations', 'apply', binding, '--remote'], 'pipe')
  }

  /** Deploys the Worker. @param args what wrangler is told besides */
  async deploy(args: readonly string[]): Promise<void> {
    await copyAssets()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'index.js'), await bundleWorker())
    await this.#run(['deploy', ...args])
  }

  async #run(args: readonly string[], out: 'inherit' | 'pipe' = 'inherit'): Promise<void> {
    const { apiUrl, id, token } = this.#place
    const account = { CLOUDFLARE_API_BASE_URL: apiUrl, CLOUDFLARE_ACCOUNT_ID: id, ...identity(token) }
    const env = { ...this.#env, ...quiet, ...account }
    const file = join(folder, 'wrangler.json')
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, JSON.stringify(this.#configuration, null, 2), { mode: 0o600 })
    const { code, output } = await run(process.execPath, [program, ...args, '-c', file], { cwd: root, env, out })
    if (code !== 0) console.error(output)
    if (code !== 0) throw new Refusal(`wrangler ${args.slice(0, 3).join(' ')} ended with ${code}.`)
  }
}

/** The databases of the Worker that have migrations. */
export const migrated: readonly string[] = Configuration.parse(manifest).d1_databases.flatMap((database) =>
  database.migrations_dir === undefined ? [] : [database.binding],
)

function configurationFor({ id, apiUrl }: Place, trust: string, ids: Ids): object {
  const { vars, d1_databases, kv_namespaces, assets, ...rest } = Configuration.parse(manifest)
  const known = (binding: string): string => {
    const found = ids[binding]
    if (found === undefined) throw new Refusal(`Nothing on the account is known for the binding ${binding}.`)
    return found
  }
  return {
    ...rest,
    $schema: undefined,
    account_id: id,
    // Made as for the tests, and smaller than wrangler would make it.
    main: 'index.js',
    no_bundle: true,
    // Until there is a domain nothing else leads to it.
    workers_dev: true,
    vars: { ...vars, GITHUB_TRUST: trust, CLOUDFLARE_ACCOUNT_ID: id, CLOUDFLARE_API_BASE_URL: apiUrl },
    d1_databases: d1_databases.map(({ migrations_dir, ...each }) => ({
      ...each,
      database_id: known(each.binding),
      ...(migrations_dir !== undefined && { migrations_dir: inWorker(migrations_dir) }),
    })),
    kv_namespaces: kv_namespaces.map((each) => ({ ...each, id: known(each.binding) })),
    assets: { ...assets, directory: inWorker(assets.directory) },
  }
}
