import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Miniflare } from 'miniflare'
import { bundleWorker, copyAssets } from '../embedded/bundle.ts'
import { manifest } from '../embedded/manifest.ts'
import { migrate } from '../embedded/migrations.ts'
import { persistence, workerOptions } from '../embedded/options.ts'
import { seed } from './seed.ts'
import { rootToken } from './server.ts'

/** An answer's JSON and how many rows D1 read for it. */
export type Metered = { readonly body: unknown; readonly rowsRead: number }
export type Ask = (path: string) => Promise<Metered>

/** The Worker on a seeded database for as long as the work takes; a `share` of 1 is the whole of it. */
export async function withSeeded<Result>(share: number, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  await copyAssets()
  const entry = fileURLToPath(new URL('metered-worker.ts', import.meta.url))
  const bindings = { CLIENT_AUTH_TOKEN: rootToken, ENVIRONMENT: 'test' }
  const options = workerOptions(manifest, { script: await bundleWorker(entry), bindings })
  const folder = await mkdtemp(join(tmpdir(), 'bench-rows-'))
  const open = () => new Miniflare({ cf: false, ...persistence(folder), workers: [options] })
  try {
    const empty = open()
    await migrate(await empty.getD1Database('DEPLOYMENT_DB'))
    await empty.dispose()
    seed(folder, share, Date.now())
    const server = open()
    try {
      return await work((path) => ask(server, path))
    } finally {
      await server.dispose()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function ask(server: Miniflare, path: string): Promise<Metered> {
  const headers = { authorization: `Bearer ${rootToken}` }
  const response = await server.dispatchFetch(`http://throughline.bench${path}`, { headers })
  if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  const rowsRead = Number(response.headers.get('rows-read') ?? NaN)
  return { body: await response.json(), rowsRead }
}
