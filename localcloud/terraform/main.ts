import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Compiled code is kept: it halves the time until the providers are ready.
const cacheFolder = join(import.meta.dirname, '../../.build/terraform')
enableCompileCache(join(cacheFolder, 'code'))
const { run } = await import('./command.ts')
const { Refusal } = await import('../../scripts/embedded/refusal.ts')

try {
  process.exitCode = await run(process.argv.slice(2), cacheFolder, process.env)
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
}
