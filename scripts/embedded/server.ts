import { stop } from 'esbuild'
import { Log, LogLevel } from 'miniflare'
import type { Miniflare, MiniflareOptions } from 'miniflare'
import type { Link } from '../../localcloud/cloudflare/link.ts'
import { bundleWorker, copyAssets } from './bundle.ts'
import { driveCrons, scheduledOf } from './crons.ts'
import type { Manifest } from './manifest.ts'
import { migrate } from './migrations.ts'
import { makeMiniflare } from './miniflare.ts'
import { serverOptions } from './options.ts'
import { revive, unfinishedInstances } from './workflows.ts'

/** A server that runs: `swap` puts another script in its place, `stop` ends it. */
export type Server = {
  readonly swap: (script: string) => Promise<void>
  /** Calls the Worker's `tail` handler with traces of the account's scripts, if it is the consumer that they name. */
  readonly tail: (consumer: string, events: readonly object[]) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Where it listens, where it stores, the owner's token, and what else the Worker is to be given. */
export type Place = {
  readonly host: string
  readonly port: number
  readonly folder: string
  readonly token: string
  readonly bindings?: Readonly<Record<string, string>>
  /** The local account that the Worker's dispatch namespaces are in. */
  readonly account?: { readonly url: string; readonly token: string } | null
}

/** Runs a manifest's Worker on a folder that is ours, and everything that Cloudflare would do for it by itself. */
export async function serve(
  manifest: Manifest,
  script: string,
  { token, bindings: given, account, ...at }: Place,
): Promise<Server> {
  const place = { ...at, link: account ? await linkFor(manifest, account) : null }
  const bindings = { CLIENT_AUTH_TOKEN: token, ENVIRONMENT: 'local', ...given }
  const options = (code: string): MiniflareOptions => ({
    ...serverOptions(manifest, { script: code, bindings }, place),
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }: { message: string }) => console.error(message),
  })
  const asleep = unfinishedInstances(manifest, place.folder)
  const mf = makeMiniflare(options(script))
  await mf.ready
  await migrateAll(mf, manifest)
  const stopping = new AbortController()
  let revival = revive(mf, manifest, asleep, stopping.signal)
  const stopCrons = driveCrons(manifest, scheduledOf(mf, manifest))
  return {
    swap: async (code) => {
      await revival
      const interrupted = unfinishedInstances(manifest, place.folder)
      await mf.setOptions(options(code))
      await migrateAll(mf, manifest)
      revival = revive(mf, manifest, interrupted, stopping.signal)
      await revival
    },
    tail: async (consumer, events) => {
      if (!place.link || consumer !== manifest.name) return
      const link = await mf.getWorker(place.link.tails)
      await link.fetch('http://link/', { method: 'POST', body: JSON.stringify(events) })
    },
    stop: async () => {
      stopping.abort()
      await Promise.all([stopCrons(), revival])
      await mf.dispose()
    },
  }
}

/** Loaded only where there is a local account. */
async function linkFor({ name, dispatch_namespaces }: Manifest, account: NonNullable<Place['account']>): Promise<Link> {
  const { linkTo } = await import('../../localcloud/cloudflare/link.ts')
  return linkTo(account, name, Object.fromEntries(dispatch_namespaces.map((one) => [one.binding, one.namespace])))
}

/** The product's Worker as one module, and the files that it serves. The bundler's process is not kept for later. */
export async function buildProduct(): Promise<string> {
  const [script] = await Promise.all([bundleWorker(), copyAssets()])
  await stop()
  return script
}

async function migrateAll(mf: Miniflare, { name, d1_databases: databases }: Manifest): Promise<void> {
  for (const { binding, migrations_dir: folder } of databases) {
    if (folder) await migrate(await mf.getD1Database(binding, name))
  }
}
