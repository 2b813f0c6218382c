import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { instructions, withInstructions } from './git-refusals.ts'
import { GithubRepository, repositoryOnGithub } from './github.ts'
import { orMissing } from './products.ts'
import type { CiInput } from './project-schema.ts'
import { look } from './project-steps.ts'
import { isSameRepository } from './repository.ts'
import type { Step, StepContext } from './step.ts'

const Worker = z.object({ id: z.string(), subdomain: z.object({ url: z.string().nullish() }).nullish() })
const Build = z.object({
  git_repository: z.object({ provider_account_name: z.string(), repo_name: z.string(), branch: z.string() }),
  production_settings: z.object({ build_command: z.string().nullish() }).nullish(),
})
type Build = z.infer<typeof Build>
const BuildToken = z.object({ build_token_uuid: z.string() })

const lookStep = 'look at what it is built from'
const findStep = 'find the repository'
const linkStep = 'link the Worker'
const Before = z.object({ worker: Worker, build: Build.nullable() })

/** Makes sure that Workers Builds builds a project's Worker from a repository. */
export function buildsSteps(wanted: CiInput): Step[] {
  return [
    look,
    {
      name: lookStep,
      async do({ cloudflare, project }) {
        const worker = await orMissing(async () => cloudflare.call(Worker, 'GET', `/workers/workers/${project}`))
        if (!worker) throw new Problem('not-found', `There is no project ${project}: create it first.`)
        const build = await buildOf(cloudflare, worker.id)
        if (build) proveSame(build, project, wanted)
        return { worker, build }
      },
    },
    { name: findStep, do: async ({ env }) => repositoryOnGithub(env, wanted) },
    { name: linkStep, do: async (context) => link(context, wanted), undo: async (context) => unlink(context, wanted) },
  ]
}

/** Where the Worker is served, or null. */
export function builtUrl({ output }: StepContext): string | null {
  return output(lookStep, Before).worker.subdomain?.url ?? null
}

/** Builds know Workers by their tag alone. */
const pathOf = (tag: string) => `/builds/workers/${tag}`

async function buildOf(cloudflare: Cloudflare, tag: string): Promise<Build | null> {
  return orMissing(async () => cloudflare.call(Build, 'GET', pathOf(tag)))
}

async function link(context: StepContext, wanted: CiInput): Promise<void> {
  const { cloudflare, project, output } = context
  const { id } = output(lookStep, Before).worker
  const known = await buildOf(cloudflare, id)
  if (!known) return begin(context, id, output(findStep, GithubRepository), wanted)
  proveSame(known, project, wanted)
  const { branch, build_command } = wanted
  if (!isAsWanted(known, wanted)) await change(cloudflare, id, branch, build_command)
}

/** Takes the Worker off a repository that it was not built from before, or sets it back to its branch. */
async function unlink({ cloudflare, output }: StepContext, wanted: CiInput): Promise<void> {
  const { worker, build } = output(lookStep, Before)
  const known = await buildOf(cloudflare, worker.id)
  if (!known || !isSame(known, wanted)) return
  if (!build) await orMissing(async () => cloudflare.done('DELETE', pathOf(worker.id)))
  else if (!isAsWanted(build, wanted)) {
    const command = build.production_settings?.build_command ?? ''
    await change(cloudflare, worker.id, build.git_repository.branch, command)
  }
}

async function change(cloudflare: Cloudflare, tag: string, branch: string, build_command: string): Promise<void> {
  const json = { git_repository: { branch }, production_settings: { build_command } }
  await cloudflare.done('PATCH', pathOf(tag), { json })
}

function isAsWanted({ git_repository: { branch }, production_settings: settings }: Build, wanted: CiInput): boolean {
  return branch === wanted.branch && (settings?.build_command ?? '') === wanted.build_command
}

function isSame(
  { git_repository: { provider_account_name: owner, repo_name: name } }: Build,
  wanted: CiInput,
): boolean {
  return isSameRepository({ owner, name }, wanted)
}

function proveSame(build: Build, project: string, wanted: CiInput): void {
  const { provider_account_name: owner, repo_name: name } = build.git_repository
  if (!isSame(build, wanted))
    throw new Problem('conflict', `The Worker ${project} is built from ${owner}/${name} already.`)
}

async function begin(
  { cloudflare }: StepContext,
  tag: string,
  found: GithubRepository,
  wanted: CiInput,
): Promise<void> {
  const [token] = await cloudflare.call(z.array(BuildToken), 'GET', '/builds/tokens')
  // Connecting the first repository in the dashboard makes one, and the installation with it.
  if (!token) throw instructions(wanted, null)
  const git_repository = {
    provider_type: 'github',
    provider_account_id: String(found.owner.id),
    provider_account_name: found.owner.login,
    repo_id: String(found.id),
    repo_name: found.name,
    branch: wanted.branch,
  }
  const production_settings = {
    build_command: wanted.build_command,
    deploy_command: 'npx wrangler deploy',
    root_directory: '/',
    build_token_uuid: token.build_token_uuid,
  }
  const json = { script_tag: tag, git_repository, production_settings }
  await cloudflare.done('POST', '/builds/workers', { json }).catch((error: unknown) => withInstructions(error, wanted))
}
