import { z } from '@hono/zod-openapi'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { orMissing } from './products.ts'

/** The day whose behaviour of the runtime new scripts get. */
export const compatibilityDate = '2026-07-01'

/** What is kept of a binding. Its value, if it has one, may be a secret, and is not. */
export const Bound = z.object({
  name: z.string(),
  type: z.string(),
  /** What it leads to: an identifier, or the name of a bucket or queue. */
  target: z.string().nullable(),
})
export type Bound = z.infer<typeof Bound>

/** A project's script as it is before a run changes it. */
export const ScriptBefore = z.object({
  tags: z.array(z.string()),
  url: z.string().nullable(),
  isPublic: z.boolean(),
  bindings: z.array(Bound),
  compatibility: z.object({ date: z.string().nullable(), flags: z.array(z.string()) }),
  /** The version that is live, or null. */
  version: z.string().nullable(),
})
export type ScriptBefore = z.infer<typeof ScriptBefore>

const Worker = z
  .object({
    tags: z.array(z.string()).nullish(),
    subdomain: z.object({ enabled: z.boolean(), url: z.string().nullish() }).nullish(),
  })
  .transform(({ tags, subdomain }) => ({
    tags: tags ?? [],
    url: subdomain?.url ?? null,
    isPublic: subdomain?.enabled ?? false,
  }))
const Binding = z
  .looseObject({ name: z.string(), type: z.string() })
  .transform(({ name, type, ...rest }) => ({ name, type, target: targetOf(rest) }))
const Settings = z
  .object({
    bindings: z.array(Binding).nullish(),
    compatibility_date: z.string().nullish(),
    compatibility_flags: z.array(z.string()).nullish(),
  })
  .transform(({ bindings, compatibility_date: date, compatibility_flags: flags }) => ({
    bindings: bindings ?? [],
    compatibility: { date: date || null, flags: flags ?? [] },
  }))
const noSettings: z.infer<typeof Settings> = { bindings: [], compatibility: { date: null, flags: [] } }
const Deployments = z
  .object({ deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })) })
  .transform(({ deployments }) => ({ version: deployments[0]?.versions[0]?.version_id ?? null }))

function targetOf(binding: Readonly<Record<string, unknown>>): string | null {
  const found = ['id', 'database_id', 'namespace_id', 'bucket_name', 'queue_name']
    .map((member) => binding[member])
    .find((value) => typeof value === 'string')
  return typeof found === 'string' ? found : null
}

/** Looks at a script, or finds that there is none. */
export async function lookAtScript(cloudflare: Cloudflare, name: string): Promise<ScriptBefore | null> {
  const worker = await orMissing(async () => cloudflare.call(Worker, 'GET', `/workers/workers/${name}`))
  if (!worker) return null
  const path = `/workers/scripts/${name}`
  const [settings, history] = await Promise.all([
    orMissing(async () => cloudflare.call(Settings, 'GET', `${path}/settings`)),
    orMissing(async () => cloudflare.call(Deployments, 'GET', `${path}/deployments`)),
  ])
  return { ...worker, ...(settings ?? noSettings), ...(history ?? { version: null }) }
}

/** The mark of a project on its script. */
export function tagOf(project: string): string {
  return `throughline-project-${project}`
}

/** A binding as it is sent. */
export type SentBinding = Readonly<Record<string, unknown>> & { readonly name: string; readonly type: string }

/** Uploads a script of one module with all that it binds. */
export async function uploadScript(
  cloudflare: Cloudflare,
  name: string,
  {
    code,
    bindings,
    tags,
  }: { readonly code: string; readonly bindings: readonly SentBinding[]; readonly tags: string[] },
): Promise<void> {
  const form = new FormData()
  const metadata = { main_module: 'index.js', compatibility_date: compatibilityDate, bindings, tags }
  form.append('metadata', JSON.stringify(metadata))
  form.append('index.js', new File([code], 'index.js', { type: 'application/javascript+module' }))
  await cloudflare.done('PUT', `/workers/scripts/${name}`, { form })
}

/** Gives a script other bindings, all of which are sent. Its code stays. */
export async function rebind(cloudflare: Cloudflare, name: string, bindings: readonly SentBinding[]): Promise<void> {
  const form = new FormData()
  form.append('settings', JSON.stringify({ bindings }))
  await cloudflare.done('PATCH', `/workers/scripts/${name}/settings`, { form })
}
