import { z } from '@hono/zod-openapi'
import { builtFrom } from './builds.ts'
import { linkedPages } from './pages.ts'
import { CiEnabled } from './project-schema.ts'
import { look } from './project-steps.ts'
import type { Flow } from './step.ts'

export const CiInput = z.object({
  owner: z.string(),
  name: z.string(),
  branch: z.string(),
  build_command: z.string(),
  output_dir: z.string(),
  target: z.enum(['pages', 'workers']),
})
export type CiInput = z.infer<typeof CiInput>

const stepName = { pages: 'link the Pages project', workers: 'link the Worker' } as const

/**
 * Has Cloudflare build a project from its repository. Cloudflare links in one call, so that there is nothing
 * to undo when it refuses.
 */
export const setupGithubCi: Flow<CiInput> = {
  kind: 'setup-github-ci',
  operation: 'create',
  action: 'flow.setup_ci',
  input: CiInput,
  steps: (_, input) => [
    ...(input.target === 'workers' ? [look] : []),
    {
      name: stepName[input.target],
      do: async (context) => (input.target === 'pages' ? linkedPages(context, input) : builtFrom(context, input)),
    },
  ],
  async result({ project, output }, { owner, name, branch, target }) {
    const { url } = output(stepName[target], z.object({ url: z.string().nullable() }))
    const status = `CI/CD is enabled: push to ${branch} to deploy.`
    return CiEnabled.parse({ status, project, target, repository: `${owner}/${name}`, branch, url })
  },
}
