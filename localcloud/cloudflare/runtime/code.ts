import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const names = [
  'main',
  'storage',
  'outbound',
  'cache',
  'files',
  'missing',
  'secret',
  'dispatch',
  'link',
  'unavailable',
  'trial',
] as const

/** The code that runs beside the scripts: ours by name, and Miniflare's for static files. */
export type Code = Readonly<Record<(typeof names)[number] | 'assets' | 'router' | 'door', string>>

/** Builds our part and reads Miniflare's. */
export async function readCode(): Promise<Code> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(import.meta.dirname, 'system', `${name}.ts`)])),
    outdir: '/',
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*'],
    logLevel: 'silent',
  })
  const built = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*\/(.*)\.js$/, '$1'), text]))
  const one = (name: string): string => built.get(name) ?? ''
  return {
    main: one('main'),
    storage: one('storage'),
    outbound: one('outbound'),
    cache: one('cache'),
    files: one('files'),
    missing: one('missing'),
    secret: one('secret'),
    dispatch: one('dispatch'),
    link: one('link'),
    unavailable: one('unavailable'),
    trial: one('trial'),
    assets: miniflares('assets/assets'),
    router: miniflares('assets/router'),
    door: miniflares('assets/rpc-proxy'),
  }
}

/**
 * Cloudflare's own Workers for static files, as Miniflare carries them. Its option for them cannot be used: all Workers
 * of one instance would be served from the first one's folder.
 */
function miniflares(name: string): string {
  const folder = dirname(fileURLToPath(import.meta.resolve('miniflare')))
  return readFileSync(join(folder, 'workers', `${name}.worker.js`), 'utf8')
}
