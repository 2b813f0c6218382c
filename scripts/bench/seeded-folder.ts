import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import type { WorkerOptions } from 'miniflare'
import { bundleWorker, copyAssets } from '../embedded/bundle.ts'
import { manifest } from '../embedded/manifest.ts'
import { migrate } from '../embedded/migrations.ts'
import { persistence, workerOptions } from '../embedded/options.ts'
import { seed } from './seed.ts'
import { rootToken } from './server.ts'

/** The Worker's options for a bench, from its own entry or another that wraps it. */
export async function benchOptions(entry?: string): Promise<WorkerOptions> {
  await copyAssets()
  const bindings = { CLIENT_AUTH_TOKEN: rootToken, ENVIRONMENT: 'test' }
  return workerOptions(manifest, { script: await bundleWorker(entry), bindings })
}

/** A folder with a seeded database for as long as the work takes; a `share` of 1 is the whole of it. */
export async function withSeededFolder<Result>(share: number, work: (folder: string) => Promise<Result>) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-rows-'))
  try {
    const empty = open(folder, [await benchOptions()])
    await migrate(await empty.getD1Database('DEPLOYMENT_DB'))
    await empty.dispose()
    seed(folder, share, Date.now())
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs Workers on such a folder; whoever opens it disposes of it. */
export function open(folder: string, workers: WorkerOptions[]): Miniflare {
  return new Miniflare({ cf: false, ...persistence(folder), workers })
}
