import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { instructions, withInstructions } from './git-refusals.ts'
import type { CiInput } from './github-ci.ts'
import { repositoryOnGithub } from './github.ts'
import type { GithubRepository } from './github.ts'
import { orMissing } from './products.ts'
import { isSameRepository } from './repository.ts'
import type { StepContext } from './step.ts'

const Worker = z.object({ id: z.string(), subdomain: z.object({ url: z.string().nullish() }).nullish() })
const Build = z.object({
  git_repository: z.object({ provider_account_name: z.string(), repo_name: z.string(), branch: z.string() }),
  production_settings: z.object({ build_command: z.string().nullish() }).nullish(),
})
const BuildToken = z.object({ build_token_uuid: z.string() })

/**
 * Makes sure that Workers Builds builds a Worker from a repository.
 * @throws Problem (not-found) without the Worker or the repository; (conflict) without a token for builds or the GitHub App, and when it is built from another
 * repository
 */
export async function builtFrom(context: StepContext, wanted: CiInput): Promise<{ url: string | null }> {
  const { env, cloudflare, project } = context
  const worker = await orMissing(async () => cloudflare.call(Worker, 'GET', `/workers/workers/${project}`))
  if (!worker) throw new Problem('not-found', `There is no project ${project}: create it first.`)
  // Builds know Workers by their tag alone.
  const path = `/builds/workers/${worker.id}`
  const known = await orMissing(async () => cloudflare.call(Build, 'GET', path))
  if (known) await adjust(context, path, known, wanted)
  else await begin(context, worker.id, await repositoryOnGithub(env, wanted), wanted)
  return { url: worker.subdomain?.url ?? null }
}

async function adjust(
  { cloudflare, project }: StepContext,
  path: string,
  known: z.infer<typeof Build>,
  wanted: CiInput,
) {
  const { provider_account_name: owner, repo_name: name, branch } = known.git_repository
  if (!isSameRepository({ owner, name }, wanted))
    throw new Problem('conflict', `The Worker ${project} is built from ${owner}/${name} already.`)
  const { build_command } = wanted
  if (branch === wanted.branch && (known.production_settings?.build_command ?? '') === build_command) return
  const json = { git_repository: { branch: wanted.branch }, production_settings: { build_command } }
  await cloudflare.done('PATCH', path, { json })
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
