import { createHash } from 'node:crypto'
import type { Service } from 'miniflare'
import { z } from 'zod'
import type { Blobs } from '../blobs.ts'
import type { Assets } from '../scripts/schema.ts'
import type { Code } from './code.ts'
import { assetsOf, doorOf, routerOf, serviceOf, shared } from './names.ts'

/** The list of a version's files: where each path leads. */
export const Manifest = z.record(z.string(), z.object({ blob: z.string(), type: z.string() }))
export type Manifest = z.infer<typeof Manifest>

/** Sizes that the asset Worker reads by: a header that is unused, then entries of two hashes and a gap. */
const [header, entry, half] = [20, 40, 16]

type Served = {
  readonly key: string
  readonly assets: Assets
  readonly hasCode: boolean
  readonly date: string
}

/** The three Workers in front of a script with static files: a door, a router, and the files themselves. */
export function assetServices({ key, assets, hasCode, date }: Served, code: Code, blobs: Blobs): Service[] {
  const files = Manifest.parse(JSON.parse(blobs.get(assets.manifest).toString('utf8')))
  const { run_worker_first: first, ...config } = assets.config
  const router = { has_user_worker: hasCode, ...routing(first) }
  return [
    worker(
      assetsOf(key),
      code.assets,
      ['nodejs_compat', 'enable_ctx_exports'],
      [
        { name: 'ASSETS_KV_NAMESPACE', kvNamespace: { name: shared.files, props: filesBy(files) } },
        { name: 'ASSETS_MANIFEST', data: encoded(files) },
        { name: 'CONFIG', json: JSON.stringify({ ...served(config, date), has_static_routing: Array.isArray(first) }) },
      ],
    ),
    worker(
      routerOf(key),
      code.router,
      ['nodejs_compat', 'no_nodejs_compat_v2', 'enable_ctx_exports'],
      [
        { name: 'ASSET_WORKER', service: { name: assetsOf(key) } },
        { name: 'USER_WORKER', service: { name: serviceOf(key) } },
        { name: 'CONFIG', json: JSON.stringify(router) },
      ],
    ),
    worker(
      doorOf(key),
      code.door,
      ['service_binding_extra_handlers'],
      [
        { name: 'ROUTER_WORKER', service: { name: routerOf(key) } },
        { name: 'USER_WORKER', service: { name: serviceOf(key) } },
      ],
    ),
  ]
}

type Worker = NonNullable<Extract<Service, { worker?: unknown }>['worker']>

function worker(name: string, text: string, flags: string[], bindings: NonNullable<Worker['bindings']>): Service {
  const modules = [{ name: 'index.js', esModule: text }]
  return { name, worker: { compatibilityDate: '2024-08-01', compatibilityFlags: flags, modules, bindings } }
}

/** `run_worker_first` is a switch, or the paths for which it is on; a path that begins with `!` is excepted. */
function routing(first: unknown): object {
  if (!Array.isArray(first)) return { invoke_user_worker_ahead_of_assets: first === true }
  const rules = first.map(String)
  const excepted = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  const user = rules.filter((rule) => !rule.startsWith('!'))
  return { static_routing: { user_worker: user, ...(excepted.length > 0 ? { asset_worker: excepted } : {}) } }
}

function served(
  { html_handling: html, not_found_handling: missing, ...config }: Assets['config'],
  date: string,
): object {
  return {
    compatibility_date: date,
    compatibility_flags: [],
    ...(html === undefined ? {} : { html_handling: html }),
    ...(missing === undefined ? {} : { not_found_handling: missing }),
    ...(config['redirects'] === undefined ? {} : { redirects: config['redirects'] }),
    ...(config['headers'] === undefined ? {} : { headers: config['headers'] }),
  }
}

/** The content hash of a path is made of the path and the blob, so that an unchanged file keeps its ETag. */
function contentHash(path: string, { blob }: { readonly blob: string }): Buffer {
  return hash(`${path} ${blob}`)
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, half)
}

function filesBy(files: Manifest): { json: string } {
  const entries = Object.entries(files).map(([path, file]) => [contentHash(path, file).toString('hex'), file])
  return { json: JSON.stringify({ files: Object.fromEntries(entries) }) }
}

/** Sorted by the hash of the path, because the asset Worker searches it by halving. */
function encoded(files: Manifest): Uint8Array {
  const entries = Object.entries(files).map(([path, file]) => ({ key: hash(path), content: contentHash(path, file) }))
  const bytes = new Uint8Array(header + entry * entries.length)
  for (const [index, { key, content }] of entries.toSorted((a, b) => Buffer.compare(a.key, b.key)).entries()) {
    bytes.set(key, header + index * entry)
    bytes.set(content, header + index * entry + half)
  }
  return bytes
}
