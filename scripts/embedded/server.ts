import { Log, LogLevel, Miniflare } from 'miniflare'
import type { MiniflareOptions } from 'miniflare'
import { bundleWorker, copyAssets } from './bundle.ts'
import { driveCrons, scheduledOf } from './crons.ts'
import type { Manifest } from './manifest.ts'
import { migrate } from './migrations.ts'
import { serverOptions } from './options.ts'
import { withoutSignals } from './signals.ts'
import { revive, unfinishedInstances } from './workflows.ts'

/** A server that runs: `swap` puts another script in its place, `stop` ends it. */
export type Server = {
  readonly swap: (script: string) => Promise<void>
  readonly stop: () => Promise<void>
}

type Place = { readonly host: string; readonly port: number; readonly folder: string; readonly token: string }

/** Runs a manifest's Worker on a folder that is ours, and everything that Cloudflare would do for it by itself. */
export async function serve(manifest: Manifest, script: string, { token, ...place }: Place): Promise<Server> {
  const bindings = { CLIENT_AUTH_TOKEN: token }
  const options = (code: string): MiniflareOptions => ({
    ...serverOptions(manifest, { script: code, bindings }, place),
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }: { message: string }) => console.error(message),
  })
  const asleep = unfinishedInstances(manifest, place.folder)
  const mf = withoutSignals(() => new Miniflare(options(script)))
  await mf.ready
  await migrateAll(mf, manifest)
  void revive(mf, manifest, asleep)
  const stopCrons = driveCrons(manifest, scheduledOf(mf, manifest))
  return {
    swap: async (code) => {
      const interrupted = unfinishedInstances(manifest, place.folder)
      await mf.setOptions(options(code))
      await migrateAll(mf, manifest)
      await revive(mf, manifest, interrupted)
    },
    stop: async () => {
      stopCrons()
      await mf.dispose()
    },
  }
}

/** The product's Worker as one module, and the files that it serves. */
export async function buildProduct(): Promise<string> {
  const [script] = await Promise.all([bundleWorker(), copyAssets()])
  return script
}

async function migrateAll(mf: Miniflare, { name, d1_databases: databases }: Manifest): Promise<void> {
  for (const { binding, migrations_dir: folder } of databases) {
    if (folder) await migrate(await mf.getD1Database(binding, name))
  }
}
