import { z } from '@hono/zod-openapi'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import type { Code } from './content.ts'
import { orMissing } from './products.ts'
import { compatibilityDate } from './script.ts'

const Share = z.object({ version_id: z.string(), percentage: z.number() })
export const Shares = z.array(Share)
export type Shares = z.infer<typeof Shares>

const Annotations = z.record(z.string(), z.unknown()).nullish()
const List = z.object({ items: z.array(z.object({ id: z.string(), annotations: Annotations })) })
const Version = z.object({
  resources: z.object({
    bindings: z.array(z.object({ name: z.string() })).nullish(),
    script_runtime: z.object({
      compatibility_date: z.string().nullish(),
      compatibility_flags: z.array(z.string()).nullish(),
      limits: z.record(z.string(), z.unknown()).nullish(),
    }),
  }),
})
const Deployments = z.object({ deployments: z.array(z.object({ versions: Shares })) })
const Made = z.object({ id: z.string() })

const at = (script: string) => `/workers/scripts/${script}`

/** The version that bears a tag, among the newest; for finding again what was made when its answer was lost. */
export async function taggedVersion(cloudflare: Cloudflare, script: string, tag: string): Promise<string | null> {
  const { items } = await cloudflare.call(List, 'GET', `${at(script)}/versions`)
  return items.find(({ annotations }) => annotations?.['workers/tag'] === tag)?.id ?? null
}

/**
 * Uploads code as a new version which takes no requests yet. Everything else is as in the newest version: what it binds,
 * its secrets, its compatibility, its static files.
 * @returns its identifier
 */
export async function uploadVersion(
  cloudflare: Cloudflare,
  script: string,
  { main, modules }: Code,
  tag: string,
): Promise<string> {
  const form = new FormData()
  const metadata = {
    main_module: main,
    ...(await inheritance(cloudflare, script)),
    annotations: { 'workers/tag': tag, 'workers/message': `Deployed by ${tag}` },
  }
  form.append('metadata', JSON.stringify(metadata))
  for (const { name, type, text } of modules) form.append(name, new File([text], name, { type }))
  const made = await cloudflare.call(Made, 'POST', `${at(script)}/versions?bindings_inherit=strict`, { form })
  return made.id
}

/** What a version takes over from the newest one. */
async function inheritance(cloudflare: Cloudflare, script: string) {
  const { items } = await cloudflare.call(List, 'GET', `${at(script)}/versions`)
  const [newest] = items
  if (!newest) return { compatibility_date: compatibilityDate }
  const { resources } = await cloudflare.call(Version, 'GET', `${at(script)}/versions/${newest.id}`)
  const { bindings, script_runtime: runtime } = resources
  return {
    bindings: (bindings ?? []).map(({ name }) => ({ name, type: 'inherit' })),
    compatibility_date: runtime.compatibility_date ?? undefined,
    compatibility_flags: runtime.compatibility_flags ?? undefined,
    limits: runtime.limits ?? undefined,
    keep_assets: true,
  }
}

/** Deletes a version that nobody is sent to. */
export async function removeVersion(cloudflare: Cloudflare, script: string, id: string): Promise<void> {
  await cloudflare.call(z.unknown(), 'DELETE', `/workers/workers/${script}/versions/${id}`)
}

export async function hasVersion(cloudflare: Cloudflare, script: string, id: string): Promise<boolean> {
  return (await orMissing(async () => cloudflare.call(Made, 'GET', `${at(script)}/versions/${id}`))) !== null
}

/** Which versions requests are sent to, the present shares first and then those before them. */
export async function sharesOf(cloudflare: Cloudflare, script: string): Promise<Shares[]> {
  const { deployments } = await cloudflare.call(Deployments, 'GET', `${at(script)}/deployments`)
  return deployments.map(({ versions }) => versions)
}

/** Whether all requests go to one version. */
export function isAlone(shares: Shares | undefined, version: string): boolean {
  return shares?.length === 1 && shares[0]?.version_id === version
}

/** Sends requests to these versions. Unless it is forced, Cloudflare refuses (10220) versions with other secrets. */
export async function sendTo(
  cloudflare: Cloudflare,
  script: string,
  versions: Shares,
  { message, isForced }: { readonly message: string; readonly isForced: boolean },
): Promise<void> {
  const json = { strategy: 'percentage', versions, annotations: { 'workers/message': message } }
  const query = isForced ? '?force=true' : ''
  await cloudflare.call(z.unknown(), 'POST', `${at(script)}/deployments${query}`, { json })
}
