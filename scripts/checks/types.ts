import { statSync } from 'node:fs'
import { join } from 'node:path'
import { runTool } from './tool.ts'

const root = join(import.meta.dirname, '../..')

/** Describes the Worker's bindings and runtime, unless that was done since the manifest or the packages changed. */
export function writeTypes(): number {
  const file = 'worker/worker-configuration.d.ts'
  const written = changedAt(file)
  if (written > Math.max(changedAt('worker/wrangler.json'), changedAt('package-lock.json'))) return 0
  return runTool(['wrangler', 'types', file, '-c', 'worker/wrangler.json', '--strict-vars=false'], 'ignore')
}

function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
