import { buildsSteps, builtUrl } from './builds.ts'
import { pagesSteps, pagesUrl } from './pages.ts'
import { CiEnabled, CiInput } from './project-schema.ts'
import type { Flow } from './step.ts'

/** Has Cloudflare build a project from its repository. What it refuses has left nothing behind. */
export const setupGithubCi: Flow<CiInput> = {
  kind: 'setup-github-ci',
  operation: 'create',
  action: 'flow.setup_ci',
  input: CiInput,
  steps: (_, input) => (input.target === 'pages' ? pagesSteps(input) : buildsSteps(input)),
  async result(context, { owner, name, branch, target }) {
    const url = target === 'pages' ? pagesUrl(context) : builtUrl(context)
    const status = `CI/CD is enabled: push to ${branch} to deploy.`
    return CiEnabled.parse({ status, project: context.project, target, repository: `${owner}/${name}`, branch, url })
  },
}
