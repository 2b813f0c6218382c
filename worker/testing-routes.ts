import { build } from 'esbuild'
import type { PluginBuild } from 'esbuild'
import { bundling } from '../scripts/embedded/bundle.ts'

type Route = { method: string; path: string; handler: { action?: string } }

/** Every route of the app itself, read from its router; what only workerd has is left out of the bundle. */
export async function everyRoute(): Promise<Route[]> {
  const workerd = {
    name: 'workerd',
    setup(context: PluginBuild) {
      context.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: 'workerd' }))
      context.onLoad({ filter: /.*/, namespace: 'workerd' }, () => ({ contents: 'export class DurableObject {}' }))
    },
  }
  const { outputFiles } = await build({
    ...bundling,
    external: ['node:*'],
    plugins: [workerd],
    entryPoints: ['worker/app.ts'],
  })
  const source = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  const { app } = (await import(`data:text/javascript;base64,${source}`)) as { app: { routes: Route[] } }
  return app.routes.filter(({ method }) => method !== 'ALL')
}
