import { join, resolve } from 'node:path'
import { keepFilesPrivate } from '../../scripts/embedded/folder.ts'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import { readPort } from '../../scripts/embedded/settings.ts'
import { firstSignal } from '../../scripts/embedded/signals.ts'
import { startCloudflare } from './server.ts'

/** The local Cloudflare account alone, until a signal asks it to stop. */
async function run(): Promise<void> {
  const stopped = firstSignal()
  keepFilesPrivate()
  const { HOST, CLOUD_PORT, DATA_DIR, CLOUD_LIMIT_CALLS } = process.env
  const account = await startCloudflare({
    host: HOST || '127.0.0.1',
    port: readPort(CLOUD_PORT || '8788', 'CLOUD_PORT', 0),
    folder: join(resolve(DATA_DIR || '.local'), 'cloud'),
    limitCalls: CLOUD_LIMIT_CALLS === 'on',
  })
  console.log(`
  export CLOUDFLARE_API_BASE_URL=${account.url}/client/v4
  export CLOUDFLARE_ACCOUNT_ID=${account.accountId}
  export CLOUDFLARE_API_TOKEN=${account.token}

The local Cloudflare account is ready: ${account.url}`)
  await stopped
  await account.stop()
}

try {
  await run()
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exit(1)
}
