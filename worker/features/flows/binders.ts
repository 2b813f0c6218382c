import { z } from '@hono/zod-openapi'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { orMissing } from './products.ts'
import type { ProjectResource, ResourceKind } from './schema.ts'

/** What is to go, as `d1:<id>`: the identifier is what others bind it by. */
export type Leaving = ReadonlySet<string>

/** Who binds what. */
export type Binder = { readonly who: string; readonly what: string }

/** A resource as those who bind it know it. */
export function keyOf({ kind, id }: Pick<ProjectResource, 'kind' | 'id'>): string {
  return `${kind}:${id ?? ''}`
}

const Script = z.object({ id: z.string() })
const Tail = z.object({ service: z.string() })
const Settings = z.object({
  bindings: z.array(z.record(z.string(), z.unknown())).nullish(),
  tail_consumers: z.array(Tail).nullish(),
})
const Consumer = z.object({ script: z.string().nullish(), script_name: z.string().nullish() })
const Groups = z.record(z.string(), z.unknown())
const Page = z.object({ name: z.string(), deployment_configs: z.record(z.string(), Groups.nullish()).nullish() })
const PageBindings = z.record(z.string(), z.record(z.string(), z.unknown()).nullish())

/** How many scripts are asked at once. */
const atOnce = 6

/** Members of a script's bindings that name something else. */
const members: readonly (readonly [member: string, kind: ResourceKind])[] = [
  ['service', 'script'],
  ['script_name', 'script'],
  ['id', 'd1'],
  ['database_id', 'd1'],
  ['namespace_id', 'kv'],
  ['bucket_name', 'r2'],
  ['queue_name', 'queue'],
]

/** The same for Pages, which has an object for each kind. */
const groups: readonly (readonly [group: string, member: string, kind: ResourceKind])[] = [
  ['d1_databases', 'id', 'd1'],
  ['kv_namespaces', 'namespace_id', 'kv'],
  ['r2_buckets', 'name', 'r2'],
  ['queue_producers', 'name', 'queue'],
  ['services', 'service', 'script'],
]

/** Every other script, consumer and Pages project that would miss something. It costs a call for each script. */
export async function bindersOf(cloudflare: Cloudflare, project: string, leaving: Leaving): Promise<Binder[]> {
  const scripts = await cloudflare.call(z.array(Script), 'GET', '/workers/scripts')
  const others = scripts.map(({ id }) => id).filter((id) => id !== project)
  const binders: Binder[] = []
  for (let at = 0; at < others.length; at += atOnce) {
    const few = others.slice(at, at + atOnce)
    const each = await Promise.all(few.map(async (script) => boundBy(cloudflare, script, leaving)))
    binders.push(...each.flat())
  }
  return [
    ...binders,
    ...(await consumersOf(cloudflare, project, leaving)),
    ...(await pagesBinding(cloudflare, leaving)),
  ]
}

async function boundBy(cloudflare: Cloudflare, script: string, leaving: Leaving): Promise<Binder[]> {
  const settings = await orMissing(async () => cloudflare.call(Settings, 'GET', `/workers/scripts/${script}/settings`))
  const bound = (settings?.bindings ?? []).flatMap((binding) => referencesIn(binding))
  const tailed = (settings?.tail_consumers ?? []).map(({ service }) => `script:${service}`)
  return found(`the Worker ${script}`, [...bound, ...tailed], leaving)
}

function referencesIn(binding: Readonly<Record<string, unknown>>): string[] {
  return members.flatMap(([member, kind]) => {
    const value = binding[member]
    return typeof value === 'string' ? `${kind}:${value}` : []
  })
}

function found(who: string, references: readonly string[], leaving: Leaving): Binder[] {
  return [...new Set(references)].filter((what) => leaving.has(what)).map((what) => ({ who, what }))
}

/** Other scripts that get the messages of a queue which goes. */
async function consumersOf(cloudflare: Cloudflare, project: string, leaving: Leaving): Promise<Binder[]> {
  const queues = [...leaving].filter((what) => what.startsWith('queue:')).map((what) => what.slice('queue:'.length))
  const binders: Binder[] = []
  for (const id of queues) {
    const consumers = await orMissing(async () => cloudflare.call(z.array(Consumer), 'GET', `/queues/${id}/consumers`))
    for (const { script, script_name: name } of consumers ?? []) {
      const who = script ?? name ?? project
      if (who !== project) binders.push({ who: `the Worker ${who}`, what: `queue:${id}` })
    }
  }
  return binders
}

/** A token that may not see Pages has none to lose. */
async function pagesBinding(cloudflare: Cloudflare, leaving: Leaving): Promise<Binder[]> {
  const binders: Binder[] = []
  try {
    for await (const { name, deployment_configs: configs } of cloudflare.list(Page, '/pages/projects', 25)) {
      const references = Object.values(configs ?? {}).flatMap((config) => pageReferences(config ?? {}))
      binders.push(...found(`the Pages project ${name}`, references, leaving))
    }
  } catch (error) {
    if (!(error instanceof CloudflareError) || error.status !== 403) throw error
  }
  return binders
}

function pageReferences(config: z.infer<typeof Groups>): string[] {
  return groups.flatMap(([group, member, kind]) => {
    const bindings = Object.values(PageBindings.safeParse(config[group]).data ?? {})
    return bindings.flatMap((binding) => {
      const value = binding?.[member]
      return typeof value === 'string' ? `${kind}:${value}` : []
    })
  })
}
