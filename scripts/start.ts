import { bannerFor } from './embedded/banner.ts'
import { resetClouds, startClouds } from './embedded/clouds.ts'
import type { Clouds } from './embedded/clouds.ts'
import { keptLeaseKey, keptToken, writeCredentials } from './embedded/credentials.ts'
import { keepFilesPrivate, takeFolder } from './embedded/folder.ts'
import { provePortIsFree } from './embedded/port.ts'
import { Refusal } from './embedded/refusal.ts'
import type { Place, Server } from './embedded/server.ts'
import { portsOf, readSettings } from './embedded/settings.ts'
import { firstSignal } from './embedded/signals.ts'
import { tieRuntime } from './embedded/workerd.ts'

/** Runs the product on this machine until a signal asks it to stop; a signal during the start stops it right after. */
async function run(watching: boolean): Promise<void> {
  const stopped = firstSignal()
  const settings = readSettings(process.env)
  keepFilesPrivate()
  const folder = takeFolder(settings.folder)
  const untie = await tieRuntime(folder.path)
  for (const port of portsOf(settings)) await provePortIsFree(port)
  const kept = settings.token === null ? keptToken(folder.path) : null
  const token = settings.token ?? kept ?? ''
  if (process.argv.includes('--reset')) resetClouds(settings)
  let tail: Server['tail'] | null = null
  const clouds = await startClouds(settings, (consumer, events) => tail?.(consumer, events))
  writeCredentials(folder.path, token, clouds.access)
  const { host, port } = settings
  const bindings = { ...bindingsFor(clouds), GITHUB_TRUST: settings.trust, LEASE_KEY: keptLeaseKey(folder.path) }
  const server = await startProduct({ host, port, folder: folder.path, token, bindings, account: clouds.account })
  tail = server.tail
  console.log(bannerFor(settings, kept, clouds.access))
  const unwatch = watching ? await watch(server) : null
  await stopped
  await unwatch?.()
  await server.stop()
  await clouds.stop()
  untie()
  folder.release()
}

/** What the Worker reaches the clouds with. */
function bindingsFor({ access: { cloudflare, github }, issuer }: Clouds): Record<string, string> {
  return {
    ...(cloudflare && {
      CLOUDFLARE_API_BASE_URL: cloudflare.api_url,
      CLOUDFLARE_ACCOUNT_ID: cloudflare.account_id,
      CF_API_TOKEN: cloudflare.api_token,
    }),
    ...(github && {
      GITHUB_API_URL: github.api_url,
      GITHUB_TOKEN: github.token,
      GITHUB_WEBHOOK_SECRET: github.webhook_secret,
    }),
    ...(issuer !== null && { GITHUB_OIDC_ISSUER: issuer }),
  }
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
