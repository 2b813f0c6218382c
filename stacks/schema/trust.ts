import { z } from 'zod'
import { isScope } from '../../worker/platform/principal.ts'
import { names, section, suggestion } from './section.ts'

type Report = (path: readonly (string | number)[], message: string) => void

/** A program that lives for an hour neither gives tokens out nor breaks locks. */
const lendable = z.string().refine((scope) => isScope(scope) && scope !== 'admin' && !scope.startsWith('force:'), {
  error: ({ input }) => `"${String(input)}" cannot be lent to a run; docs/running.md lists the scopes.`,
})

/** Which runs of a repository's workflows get a token of the control plane, for how long and for what. */
export const Trust = section({
  events: names(z.enum(['push', 'pull_request', 'schedule', 'workflow_dispatch']), 'event').min(1),
  branch: z.string().exactOptional(),
  environment: z.string().exactOptional(),
  scopes: names(lendable, 'scope').min(1),
  minutes: z.int().min(1).max(60),
})
type Trust = z.output<typeof Trust>

type Repository = {
  readonly defaultBranch: string
  readonly branches: readonly string[]
  readonly environments: readonly string[]
  readonly trust: readonly Trust[]
}

/** A rule must fit something, and not everybody who may push a branch. */
export function judgeTrust(repository: Repository, report: Report): void {
  const branches = [repository.defaultBranch, ...repository.branches]
  repository.trust.forEach(({ events, branch, environment }, index) => {
    const place = (key: string) => ['trust', index, key]
    if (branch !== undefined && !branches.includes(branch))
      report(place('branch'), `no branch is called "${branch}"${suggestion(branch, branches)}`)
    if (environment !== undefined && !repository.environments.includes(environment))
      report(
        place('environment'),
        `the repository has no environment "${environment}"${suggestion(environment, repository.environments)}`,
      )
    if (branch === undefined && environment === undefined && events.some((event) => event !== 'pull_request'))
      report(['trust', index], 'whoever may push a branch could use it; name a branch or an environment.')
  })
}
