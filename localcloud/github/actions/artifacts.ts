import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { zip } from '../platform/zip.ts'
import type { ZipEntry } from '../platform/zip.ts'
import { blobsOf } from '../releases/assets.ts'
import type { World } from '../world.ts'
import type { Binding } from './bindings.ts'
import type { Job } from './schema.ts'

const kept = 90 * 86_400_000

/** Keeps the files that a binding names, each name as one archive. What is not there is not kept. */
export function keepArtifacts(world: World, job: Job, binding: Binding, workspace: string): void {
  const { store, now } = world
  const root = binding.folder ?? workspace
  for (const [name, path] of Object.entries(binding.artifacts)) {
    const entries = filesIn(resolve(root, path))
    if (entries.length === 0) continue
    const bytes = zip(entries)
    const hash = blobsOf(world).put(bytes)
    const at = now()
    store.insert('artifacts', {
      run_id: job.run_id,
      name,
      hash,
      size: bytes.length,
      created_at: at,
      expires_at: at + kept,
    })
  }
}

function filesIn(path: string): ZipEntry[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.isFile()) return [{ name: path.split('/').at(-1) ?? 'file', bytes: readFileSync(path) }]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => ({ name: relative(path, file), bytes: readFileSync(file) }))
}
