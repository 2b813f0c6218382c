import { z } from 'zod'
import { parseJson } from '../body.ts'
import type { Cloud } from '../cloud.ts'
import { sign } from '../scripts/assets.ts'
import { upload } from '../scripts/deploy.ts'
import { Metadata } from '../scripts/metadata.ts'
import { insertDeployment, scriptAt } from '../scripts/queries.ts'
import type { Upload } from '../scripts/upload.ts'
import { bindingsIn } from './configs.ts'
import { badBody, filesMissing } from './errors.ts'
import { placeOf } from './present.ts'
import { Manifest, Routing } from './schema.ts'
import type { Deployment, Project } from './schema.ts'

/** Where the runtime keeps what Pages serves. No dispatch namespace can have this name. */
export const namespace = 'pages~'

/** What a deployment is made of, as it came. */
export type Sent = {
  readonly manifest: string
  readonly worker: File | null
  readonly routes: string | null
  readonly headers: string | null
  readonly redirects: string | null
}

/** Serves a deployment from now on, and returns the version that does. Refused as a whole when its code does not start. */
export async function publish(
  cloud: Cloud,
  project: Project,
  { environment, branch }: Pick<Deployment, 'environment' | 'branch'>,
  sent: Sent,
): Promise<string> {
  const { metadata, parts } = sent.worker ? await bundleIn(sent.worker) : { metadata: Metadata.parse({}), parts: [] }
  const manifest = parseJson(sent.manifest, Manifest, badBody)
  const config = project.details.deployment_configs[environment]
  const own = metadata.bindings.filter(({ type }) => type !== 'assets')
  const merged: Metadata = {
    ...metadata,
    bindings: sent.worker ? [...bindingsIn(config), ...own, { name: 'ASSETS', type: 'assets' }] : [],
    compatibility_date: metadata.compatibility_date ?? config.compatibility_date ?? '2026-07-01',
    compatibility_flags: metadata.compatibility_flags ?? config.compatibility_flags ?? [],
    assets: { jwt: session(cloud, manifest), config: configOf(manifest, sent) },
  }
  const place = { namespace, name: placeOf(project, environment, branch) }
  const told = { source: 'pages', annotations: {} }
  const { version } = await upload(cloud, { metadata: merged, parts }, { place, deploys: true, isStrict: false, told })
  return version.id
}

/** Goes back to a version that was served before. */
export async function republish(cloud: Cloud, project: Project, version: string): Promise<void> {
  const { store, now, runtime } = cloud
  const script = scriptAt(store, { namespace, name: project.name })
  if (!script) throw new Error('A project that was deployed has no script.')
  const told = { source: 'pages', annotations: {} }
  insertDeployment(store, script.id, [{ version_id: version, percentage: 100 }], told, now())
  await runtime.apply()
}

/** A complete upload session, as if the files had come with it. */
function session({ store, blobs, account, now }: Cloud, manifest: z.infer<typeof Manifest>): string {
  const Size = z.object({ size: z.int() })
  const listed = Object.entries(manifest).map(([path, hash]) => {
    const file = store.get(Size, 'select size from asset_files where hash = ?', hash)
    if (!file) throw filesMissing(hash)
    return [path.startsWith('/') ? path : `/${path}`, { hash, size: file.size }]
  })
  const blob = blobs.put(Buffer.from(JSON.stringify(Object.fromEntries(listed))))
  return sign({ manifest: blob, done: true }, account().jwt_key, now())
}

/** Pages serves `404.html` for what is missing when there is one, and the first page when there is none. */
function configOf(
  manifest: z.infer<typeof Manifest>,
  { worker, routes, headers, redirects }: Sent,
): Record<string, unknown> {
  const has404 = Object.keys(manifest).some((path) => path.replace(/^\//, '') === '404.html')
  return {
    html_handling: 'auto-trailing-slash',
    not_found_handling: has404 ? '404-page' : 'single-page-application',
    ...(worker ? { run_worker_first: firstOf(routes) } : {}),
    ...(headers === null ? {} : { _headers: headers }),
    ...(redirects === null ? {} : { _redirects: redirects }),
  }
}

function firstOf(routes: string | null): boolean | string[] {
  if (routes === null) return true
  const { include, exclude } = parseJson(routes, Routing, badBody)
  return [...include, ...exclude.map((path) => `!${path}`)]
}

/** A bundle is a form within the form: its boundary is its first line. A bare module is one part. */
async function bundleIn(file: File): Promise<Upload> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const [first = ''] = Buffer.from(bytes.subarray(0, 200)).toString('latin1').split('\r\n')
  if (!first.startsWith('--')) {
    const name = '_worker.js'
    return {
      metadata: Metadata.parse({ main_module: name }),
      parts: [{ name, type: 'application/javascript+module', bytes }],
    }
  }
  const form = await new Response(bytes, {
    headers: { 'content-type': `multipart/form-data; boundary=${first.slice(2)}` },
  }).formData()
  const parts = await Promise.all(
    [...form.entries()].flatMap(([name, value]) =>
      typeof value === 'string' || name === 'metadata' || value.type === 'application/source-map'
        ? []
        : [partOf(value.name || name, value)],
    ),
  )
  const told = form.get('metadata')
  const text = typeof told === 'string' ? told : await new Response(told ?? '{}').text()
  return { metadata: parseJson(text, Metadata, badBody), parts }
}

async function partOf(name: string, file: File) {
  return { name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) }
}
