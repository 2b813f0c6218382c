import { z } from '@hono/zod-openapi'
import { bindingsAfter, isSameBindings, secretsIn, wantedIn } from './bindings.ts'
import type { Bindings } from './bindings.ts'
import { configurationOf } from './configuration.ts'
import { confirm, ensureResource, forget, foreign, keepResource, notOurs, undoResource } from './ownership.ts'
import type { Wanted } from './ownership.ts'
import { orMissing, products } from './products.ts'
import { noteResource, ownerOf, renoteResource, resourcesOf } from './project-queries.ts'
import { ProjectResource } from './schema.ts'
import type { Project } from './schema.ts'
import { ScriptBefore, lookAtScript, rebind, tagOf, uploadScript } from './script.ts'
import type { SentBinding } from './script.ts'
import type { Step, StepContext } from './step.ts'

const Before = ScriptBefore.nullable()
const Made = z.object({ id: z.string() })
const placeholder = 'placeholder: put the real value with `wrangler secret put`'

/** How the step is called that looks at the script before anything is changed. */
const lookStep = 'look at the script'

/** The script as it was before this run, or null when there was none. */
export function scriptBefore(context: StepContext): ScriptBefore | null {
  return context.output(lookStep, Before)
}

/** What it takes to have a project with these bindings: looking, a step for each resource, one upload, its address. */
export function projectSteps(project: string, bindings: Bindings): Step[] {
  const wanted = wantedIn(project, bindings)
  return [look, ...wanted.map(resourceStep), scriptStep(project, bindings, wanted), addressStep]
}

/** Sees whether the script is this project's, before anything is made. */
export const look: Step = { name: lookStep, do: ownScript }

/** The project's script, or null when there is none. @throws Problem (conflict) when it is somebody else's */
async function ownScript({ db, cloudflare, project }: StepContext): Promise<ScriptBefore | null> {
  const [owner, found] = await Promise.all([ownerOf(db, 'script', project), lookAtScript(cloudflare, project)])
  if (!found) return null
  // Wrangler takes tags away when it deploys, so our own row counts as well.
  if (owner || found.tags.includes(tagOf(project))) return found
  throw foreign('script', project, notOurs)
}

function nameOf({ kind, name }: Wanted): string {
  return `${kind} ${name}`
}

function resourceStep(wanted: Wanted): Step {
  return {
    name: nameOf(wanted),
    async do(context) {
      const bindings = scriptBefore(context)?.bindings ?? []
      const type = products[wanted.kind].bind('', '').type
      const there = bindings.find((one) => one.name === wanted.binding && one.type === type)
      if (there?.target) return { id: await keepResource(context, wanted, there.target) }
      return {
        id: await ensureResource(
          context,
          wanted,
          bindings.flatMap(({ target }) => target ?? []),
        ),
      }
    },
    undo: async (context) => undoResource(context, wanted),
  }
}

/** Uploads the script once, or gives the one that is there what it lacks: its code and its secrets stay. */
function scriptStep(project: string, asked: Bindings, wanted: readonly Wanted[]): Step {
  return {
    name: `script ${project}`,
    async do(context) {
      const resources = wanted.map((one) => sentFor(one, context.output(nameOf(one), Made).id))
      const secrets = secretsIn(asked).map((name) => ({ name, type: 'secret_text', text: placeholder }))
      // Somebody else may have deployed one meanwhile.
      const script = await ownScript(context)
      await noteScript(context, script !== null)
      if (script) await completeScript(context, script, [...resources, ...secrets], asked)
      else await makeScript(context, [...resources, ...secrets])
      await confirm(context, { kind: 'script', name: project }, 'created', project)
      return null
    },
    undo: undoScript,
  }
}

function sentFor({ kind, binding, name }: Wanted, id: string): SentBinding {
  return { ...products[kind].bind(id, name), name: binding }
}

async function makeScript({ cloudflare, project }: StepContext, bindings: readonly SentBinding[]): Promise<void> {
  const code = `export default { fetch: () => new Response('The project ${project} is ready for its code.\\n') }\n`
  await uploadScript(cloudflare, project, { code, bindings, tags: [tagOf(project)] })
}

async function completeScript(
  { cloudflare, project }: StepContext,
  script: ScriptBefore,
  wanted: readonly SentBinding[],
  asked: Bindings,
): Promise<void> {
  const bindings = bindingsAfter(script.bindings, wanted, asked)
  if (bindings !== null) await rebind(cloudflare, project, bindings)
  if (script.tags.includes(tagOf(project))) return
  const tags = [...script.tags, tagOf(project)]
  await cloudflare.done('PATCH', `/workers/scripts/${project}/script-settings`, { json: { tags } })
}

/** The script's row comes before the script; without a row of its own a tagged one is not this run's to take away. */
async function noteScript({ db, project, run, at }: StepContext, isThere: boolean): Promise<void> {
  const origin = isThere ? ('adopted' as const) : ('created' as const)
  const intent = { kind: 'script', name: project, binding: '', project, origin, run } as const
  const isNew = await noteResource(db, intent, null, at)
  if (!isNew && !isThere) await renoteResource(db, intent)
}

/** Deletes the script if this run made it, else gives it back what it bound. */
async function undoScript(context: StepContext): Promise<void> {
  const { db, cloudflare, project, run } = context
  const known = await ownerOf(db, 'script', project)
  const isNew = known?.origin === 'created' && known.run === run
  if (isNew) await orMissing(async () => cloudflare.done('DELETE', `/workers/scripts/${project}?force=true`))
  if (known?.run === run) await forget(context, { kind: 'script', name: project })
  if (!isNew) await restoreBindings(context, scriptBefore(context))
}

async function restoreBindings({ cloudflare, project }: StepContext, before: ScriptBefore | null): Promise<void> {
  if (!before) return
  const script = await lookAtScript(cloudflare, project)
  if (!script || isSameBindings(script.bindings, before.bindings)) return
  const version = before.version === null ? {} : { version_id: before.version }
  await rebind(
    cloudflare,
    project,
    before.bindings.map(({ name }) => ({ type: 'inherit', name, ...version })),
  )
}

/** Gives the script an address of its own. */
const addressStep: Step = {
  name: 'address',
  async do(context) {
    const { cloudflare, project } = context
    if (scriptBefore(context)?.isPublic) return null
    const path = `/workers/scripts/${project}/subdomain`
    // An account without a subdomain has no addresses: the project is whole without one.
    await orMissing(async () => cloudflare.done('POST', path, { json: { enabled: true } }))
    return null
  },
  async undo(context) {
    const { cloudflare, project } = context
    const before = scriptBefore(context)
    if (!before || before.isPublic) return
    await orMissing(async () => cloudflare.done('DELETE', `/workers/scripts/${project}/subdomain`))
  },
}

/** A project as it is now: what its script binds, with what is known of whose it is. */
export async function showProject({
  db,
  cloudflare,
  project,
}: Pick<StepContext, 'db' | 'cloudflare' | 'project'>): Promise<Project> {
  const [rows, script] = await Promise.all([resourcesOf(db, project), lookAtScript(cloudflare, project)])
  const bound = script?.bindings ?? []
  const databases = rows.flatMap(({ kind, id, name }) => (kind === 'd1' && id !== null ? [[id, name] as const] : []))
  return {
    project,
    url: script?.isPublic ? script.url : null,
    resources: rows.map((row) => ProjectResource.parse(row)),
    secrets: bound.filter(({ type }) => type === 'secret_text').map(({ name }) => name),
    configuration: configurationOf({
      name: project,
      bindings: bound,
      compatibility: script?.compatibility ?? { date: null, flags: [] },
      databases: new Map(databases),
    }),
  }
}
