import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { withInstructions } from './git-refusals.ts'
import type { CiInput } from './github-ci.ts'
import { orMissing } from './products.ts'
import { isSameRepository } from './repository.ts'
import type { StepContext } from './step.ts'

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

/**
 * Makes sure of a Pages project that is built from a repository; the same one again is set to the same branch and build.
 * @throws Problem (conflict) when the project is built from another repository or from none, or Cloudflare cannot read it
 */
export async function linkedPages(context: StepContext, wanted: CiInput): Promise<{ url: string | null }> {
  const { cloudflare, project: name } = context
  const known = await orMissing(async () => cloudflare.call(Project, 'GET', `${all}/${name}`))
  if (!known) {
    const made = await cloudflare.call(Project, 'POST', all, { json: newProject(name, wanted) }).catch(told(wanted))
    return { url: urlOf(made) }
  }
  proveSame(known, name, wanted)
  if (!isAsWanted(known, wanted)) {
    const { branch: production_branch } = wanted
    await cloudflare.done('PATCH', `${all}/${name}`, { json: { production_branch, build_config: buildOf(wanted) } })
  }
  return { url: urlOf(known) }
}

const told = (wanted: CiInput) => (error: unknown) => withInstructions(error, wanted)

function newProject(name: string, wanted: CiInput) {
  const { owner, name: repo_name, branch: production_branch } = wanted
  const rules = {
    pr_comments_enabled: true,
    production_deployments_enabled: true,
    preview_deployment_setting: 'all',
  }
  const source = { type: 'github', config: { owner, repo_name, production_branch, ...rules } }
  return { name, production_branch, build_config: buildOf(wanted), source }
}

function buildOf({ build_command, output_dir: destination_dir }: CiInput) {
  return { build_command, destination_dir, root_dir: '' }
}

function proveSame({ source }: Project, name: string, wanted: CiInput): void {
  const { owner, repo_name: linked } = source?.config ?? {}
  if (source?.type === 'github' && owner && linked && isSameRepository({ owner, name: linked }, wanted)) return
  const from = source ? `built from ${owner ?? '?'}/${linked ?? '?'}` : 'uploaded to directly, which cannot be changed'
  throw new Problem('conflict', `There is a Pages project ${name} already, and it is ${from}.`)
}

function isAsWanted({ production_branch: branch, build_config: build }: Project, wanted: CiInput): boolean {
  const { build_command, destination_dir } = buildOf(wanted)
  return (
    branch === wanted.branch &&
    (build?.build_command ?? '') === build_command &&
    (build?.destination_dir ?? '') === destination_dir
  )
}

function urlOf({ subdomain }: Project): string | null {
  return subdomain ? `https://${subdomain}` : null
}
