import { bannerFor } from './embedded/banner.ts'
import { keptToken } from './embedded/credentials.ts'
import { takeFolder } from './embedded/folder.ts'
import { provePortIsFree } from './embedded/port.ts'
import { Refusal } from './embedded/refusal.ts'
import type { Place, Server } from './embedded/server.ts'
import { readSettings } from './embedded/settings.ts'
import { firstSignal } from './embedded/signals.ts'
import { tieRuntime } from './embedded/workerd.ts'

/** Runs the product on this machine until a signal asks it to stop; a signal during the start stops it right after. */
async function run(watching: boolean): Promise<void> {
  const stopped = firstSignal()
  const settings = readSettings(process.env)
  const folder = takeFolder(settings.folder)
  const untie = await tieRuntime(folder.path)
  await provePortIsFree(settings)
  const kept = settings.token === null ? keptToken(folder.path) : null
  const server = await startProduct({ ...settings, token: settings.token ?? kept ?? '' })
  console.log(bannerFor(settings, kept))
  const unwatch = watching ? await watch(server) : null
  await stopped
  await unwatch?.()
  await server.stop()
  untie()
  folder.release()
}

/** The runtime and the bundler are loaded here, so that a refusal need not wait for them. */
async function startProduct(place: Place): Promise<Server> {
  const [{ buildProduct, serve }, { manifest }] = await Promise.all([
    import('./embedded/server.ts'),
    import('./embedded/manifest.ts'),
  ])
  return serve(manifest, await buildProduct(), place)
}

async function watch({ swap }: Server): Promise<() => Promise<void>> {
  const { watchWorker } = await import('./embedded/watch.ts')
  return watchWorker(swap)
}

try {
  await run(process.argv.includes('--watch'))
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exit(1)
}
