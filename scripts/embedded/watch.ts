import { join } from 'node:path'
import { context, formatMessages } from 'esbuild'
import type { Plugin } from 'esbuild'
import { bundling } from './bundle.ts'

const product = join(import.meta.dirname, '../../worker/index.ts')

/** Rebuilds the Worker whenever a file of it is saved. A build that fails is printed, and the last good one goes on. */
export async function watchWorker(
  swap: (script: string) => Promise<void>,
  entry = product,
): Promise<() => Promise<void>> {
  let first = true
  const plugin: Plugin = {
    name: 'swap',
    setup: (build) =>
      build.onEnd(async ({ errors, outputFiles }) => {
        if (errors.length > 0) {
          console.error((await formatMessages(errors, { kind: 'error', color: process.stderr.isTTY })).join(''))
        } else if (!first) {
          await swap(outputFiles?.[0]?.text ?? '').then(
            () => console.error(`Reloaded at ${new Date().toLocaleTimeString()}.`),
            (error: unknown) => console.error('The new build does not start; save a better one:', error),
          )
        }
        first = false
      }),
  }
  const watching = await context({ ...bundling, entryPoints: [entry], plugins: [...bundling.plugins, plugin] })
  await watching.watch()
  return () => watching.dispose()
}
