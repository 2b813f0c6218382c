import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { transact } from '../../platform/sql.ts'
import { Cloudflare, CloudflareError } from '../gateway/cloudflare.ts'
import { bindersOf, keyOf } from './binders.ts'
import { dropped, nouns, removeResource } from './ownership.ts'
import { orMissing, products } from './products.ts'
import type { BoundKind } from './products.ts'
import { resourcesOf } from './project-queries.ts'
import type { OwnedResource } from './project-queries.ts'
import { ProjectResource } from './schema.ts'
import { lookAtScript, tagOf } from './script.ts'
import { NotYet } from './step.ts'
import type { Flow, Step } from './step.ts'
import { forgetVersions } from './version-queries.ts'

const flag = z
  .enum(['', 'true', 'false'])
  .default('false')
  .transform((text) => text !== 'false')

/** What `DELETE /flows/project/:name` takes. */
export const Deletion = z.strictObject({
  cleanup: flag.openapi({
    type: 'string',
    description: 'Deletes the resources that the project owns, with all in them.',
  }),
  force: flag.openapi({ type: 'string', description: 'Deletes what others bind, too.' }),
})

/** What was deleted. */
export const Deleted = z.object({ project: z.string(), deleted: z.array(ProjectResource) }).openapi('DeletedProject')

const Input = z.object({ force: z.boolean(), leaving: z.array(ProjectResource) })
type Input = z.infer<typeof Input>
type Leaving = Input['leaving'][number]

/** What a deletion takes away, as it is known when it begins. @throws Problem (not-found) for a project that is none */
export async function leavingOf(env: Env, project: string, asked: z.infer<typeof Deletion>): Promise<Input> {
  const rows = await resourcesOf(env.DEPLOYMENT_DB, project)
  const hasScript = rows.some(({ kind }) => kind === 'script') || (await isTagged(env, project))
  const owned = rows.filter(({ kind, origin }) => kind !== 'script' && origin === 'created')
  // After a deletion without cleanup the name is free, and a script of that name may be anybody's.
  const script: Leaving[] = hasScript
    ? [{ kind: 'script', binding: '', name: project, id: project, origin: 'created' }]
    : []
  const leaving = asked.cleanup ? [...script, ...owned.toSorted(inOrder)] : script
  if (leaving.length === 0) throw nothingOf(project, owned.length > 0)
  return { force: asked.force, leaving: leaving.map((one) => ProjectResource.parse(one)) }
}

function nothingOf(project: string, isLeft: boolean): Problem {
  const left = `Of the project ${project} only its resources are left: they go with cleanup.`
  return new Problem('not-found', isLeft ? left : `There is no project ${project}.`)
}

async function isTagged(env: Env, project: string): Promise<boolean> {
  const script = await lookAtScript(new Cloudflare(env), project).catch((error: unknown) => {
    throw error instanceof CloudflareError ? error.toProblem() : error
  })
  return script?.tags.includes(tagOf(project)) ?? false
}

/** Queues go first, since their messages would go on coming; a bucket may take long. */
const order = ['script', 'queue', 'kv', 'd1', 'r2']

function inOrder(one: OwnedResource, two: OwnedResource): number {
  return order.indexOf(one.kind) - order.indexOf(two.kind)
}

/** Takes a project away, the script first. What fails stays noted as the project's: deleting it again goes on there. */
export const deleteProject: Flow<Input> = {
  kind: 'delete-project',
  operation: 'delete',
  action: 'flow.delete_project',
  input: Input,
  steps: (_, { force, leaving }) => [...(force ? [] : [lookStep(leaving)]), ...leaving.flatMap((one) => stepsFor(one))],
  result: async ({ project }, { leaving }) => ({ project, deleted: leaving }),
}

function lookStep(leaving: readonly Leaving[]): Step {
  return {
    name: 'look for who binds it',
    async do({ cloudflare, project }) {
      const called = new Map(leaving.map((one) => [keyOf(one), `${nouns[one.kind]} ${one.name}`]))
      const binders = await bindersOf(cloudflare, project, new Set(called.keys()))
      if (binders.length === 0) return null
      const told = binders.map(({ who, what }) => `${who} binds the ${called.get(what) ?? what}`)
      throw new Problem('conflict', `It is still needed: ${told.join('; ')}. With force it is deleted all the same.`, {
        extensions: { binders },
      })
    },
  }
}

function stepsFor({ kind, name, id }: Leaving): Step[] {
  if (kind === 'script') return [scriptStep]
  const before = kind === 'queue' ? [consumersStep(name, id)] : kind === 'r2' ? [emptyStep(name)] : []
  return [...before, removalStep(kind, name, id)]
}

const scriptStep: Step = {
  name: 'delete the script',
  async do(context) {
    const { cloudflare, project } = context
    await orMissing(async () => cloudflare.done('DELETE', `/workers/scripts/${project}?force=true`))
    await transact(context.db, [forgetVersions(project)])
    await dropped(context, { kind: 'script', name: project }, project)
    return null
  },
}

function removalStep(kind: BoundKind, name: string, id: string | null): Step {
  return {
    name: `delete ${kind} ${name}`,
    async do(context) {
      const known = id ?? (await products[kind].find(context.cloudflare, name))
      if (known !== null) await removeResource(context, kind, known)
      await dropped(context, { kind, name }, known)
      return null
    },
  }
}

const Consumer = z.looseObject({ consumer_id: z.string() })

function consumersStep(name: string, id: string | null): Step {
  return {
    name: `detach consumers of ${name}`,
    async do({ cloudflare }) {
      if (id === null) return null
      const path = `/queues/${id}/consumers`
      const consumers = await orMissing(async () => cloudflare.call(z.array(Consumer), 'GET', path))
      for (const { consumer_id: consumer } of consumers ?? [])
        await orMissing(async () => cloudflare.done('DELETE', `${path}/${consumer}`))
      return null
    },
  }
}

/** Pages of objects that are deleted in one go, so that no go takes long. */
const pagesAtOnce = 5
const Keys = z.array(z.looseObject({ key: z.string() }))

function emptyStep(name: string): Step {
  return {
    name: `empty r2 ${name}`,
    async do({ cloudflare }) {
      for (let page = 0; page < pagesAtOnce; page += 1) {
        // Cloudflare lists, and takes away, a thousand at most; the first page is always what is left.
        const path = `/r2/buckets/${name}/objects`
        const listed = await orMissing(async () => cloudflare.call(Keys, 'GET', `${path}?per_page=1000`))
        if (!listed || listed.length === 0) return null
        await orMissing(async () => cloudflare.done('DELETE', path, { json: listed.map(({ key }) => key) }))
      }
      throw new NotYet(0)
    },
  }
}
