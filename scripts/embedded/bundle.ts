import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Messages in 50 languages, which nothing asks for and no bundler can tell apart, are an eighth of a Worker that uses zod. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: (bundle) =>
    bundle.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    })),
}

/** How every bundle of a Worker is made: the one that is shipped, the product's here, a test's, the bench's. */
export const bundling = {
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  logLevel: 'silent',
  plugins: [englishOnly],
} satisfies BuildOptions

/** The Worker as one module. */
export async function bundleWorker(entry = join(root, 'worker/index.ts')): Promise<string> {
  const { outputFiles } = await build({ ...bundling, entryPoints: [entry] })
  return outputFiles[0]?.text ?? ''
}

/** Copies what the reference page needs into the folder that the Worker serves as assets, unless it is there. */
export async function copyAssets(): Promise<void> {
  const from = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))
  const to = join(root, '.build/assets/docs')
  await mkdir(to, { recursive: true })
  await Promise.all(
    ['swagger-ui.css', 'swagger-ui-bundle.js'].map((file) => copyWhole(join(from, file), join(to, file))),
  )
}

/** Another process or thread may be reading the file, or replacing it, too: it is replaced at once or not at all. */
async function copyWhole(from: string, to: string): Promise<void> {
  const [wanted, found] = await Promise.all([stat(from), stat(to).catch(() => null)])
  if (wanted.size === found?.size) return
  const part = `${to}.${randomUUID()}`
  await copyFile(from, part)
  await rename(part, to)
}
