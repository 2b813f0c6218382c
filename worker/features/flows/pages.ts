import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { withInstructions } from './git-refusals.ts'
import { orMissing } from './products.ts'
import type { CiInput } from './project-schema.ts'
import { hasLinkedPages } from './queries.ts'
import { isSameRepository } from './repository.ts'
import type { Step, StepContext } from './step.ts'

const Project = z.object({
  subdomain: z.string().nullish(),
  production_branch: z.string().nullish(),
  source: z
    .object({ type: z.string(), config: z.object({ owner: z.string().nullish(), repo_name: z.string().nullish() }) })
    .nullish(),
  build_config: z.object({ build_command: z.string().nullish(), destination_dir: z.string().nullish() }).nullish(),
})
type Project = z.infer<typeof Project>

const all = '/pages/projects'

const lookStep = 'look at the Pages project'
const linkStep = 'link the Pages project'

/** Makes sure of a Pages project that is built from a repository; one that is, is set to the wanted branch and build. */
export function pagesSteps(wanted: CiInput): Step[] {
  return [
    {
      name: lookStep,
      async do(context) {
        const known = await pagesProject(context.cloudflare, context.project)
        if (known) await proveOurs(context, known, wanted)
        return known
      },
    },
    { name: linkStep, do: async (context) => link(context, wanted), undo: async (context) => unlink(context, wanted) },
  ]
}

/** Where the linked project is served, or null. */
export function pagesUrl({ output }: StepContext): string | null {
  const { subdomain } = output(linkStep, Project)
  return subdomain ? `https://${subdomain}` : null
}

async function pagesProject(cloudflare: Cloudflare, name: string): Promise<Project | null> {
  return orMissing(async () => cloudflare.call(Project, 'GET', `${all}/${name}`))
}

async function link({ cloudflare, project: name }: StepContext, wanted: CiInput): Promise<Project> {
  const known = await pagesProject(cloudflare, name)
  if (!known) {
    const json = newProject(name, wanted)
    return cloudflare.call(Project, 'POST', all, { json }).catch((error: unknown) => withInstructions(error, wanted))
  }
  proveSame(known, name, wanted)
  if (isAsWanted(known, wanted)) return known
  return cloudflare.call(Project, 'PATCH', `${all}/${name}`, { json: settingsOf(wanted) })
}

/** Takes away a project that was not there before, and sets another one back. */
async function unlink({ cloudflare, project: name, output }: StepContext, wanted: CiInput): Promise<void> {
  const before = output(lookStep, Project.nullable())
  const known = await pagesProject(cloudflare, name)
  if (!known || !isSame(known, wanted)) return
  if (!before) await orMissing(async () => cloudflare.done('DELETE', `${all}/${name}`))
  else if (!isAsWanted(before, wanted)) await cloudflare.done('PATCH', `${all}/${name}`, { json: settingsIn(before) })
}

function newProject(name: string, wanted: CiInput) {
  const { owner, name: repo_name, branch: production_branch } = wanted
  const rules = {
    pr_comments_enabled: true,
    production_deployments_enabled: true,
    preview_deployment_setting: 'all',
  }
  const source = { type: 'github', config: { owner, repo_name, production_branch, ...rules } }
  return { name, ...settingsOf(wanted), source }
}

function settingsOf({ branch, build_command, output_dir: destination_dir }: CiInput) {
  return { production_branch: branch, build_config: { build_command, destination_dir, root_dir: '' } }
}

function settingsIn({ production_branch, build_config: build }: Project) {
  const { build_command, destination_dir } = build ?? {}
  return {
    production_branch: production_branch ?? 'main',
    build_config: { build_command: build_command ?? '', destination_dir: destination_dir ?? '' },
  }
}

function isSame({ source }: Project, wanted: CiInput): boolean {
  const { owner, repo_name: name } = source?.config ?? {}
  return source?.type === 'github' && !!owner && !!name && isSameRepository({ owner, name }, wanted)
}

/** Whoever sets what is built, and how, has the secrets of the build: of others' projects nothing is set. */
async function proveOurs({ db, project, run }: StepContext, known: Project, wanted: CiInput): Promise<void> {
  proveSame(known, project, wanted)
  if (await hasLinkedPages(db, project, run)) return
  throw new Problem('conflict', `There is a Pages project ${project} already, and no flow has linked it.`)
}

function proveSame(known: Project, name: string, wanted: CiInput): void {
  if (isSame(known, wanted)) return
  const { owner, repo_name: linked } = known.source?.config ?? {}
  const from = known.source
    ? `built from ${owner ?? '?'}/${linked ?? '?'}`
    : 'uploaded to directly, which cannot be changed'
  throw new Problem('conflict', `There is a Pages project ${name} already, and it is ${from}.`)
}

function isAsWanted(known: Project, wanted: CiInput): boolean {
  const { production_branch: branch, build_config: build } = settingsIn(known)
  const { build_command, output_dir } = wanted
  return branch === wanted.branch && build.build_command === build_command && build.destination_dir === output_dir
}
