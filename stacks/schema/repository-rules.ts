import { matchesGlob } from 'node:path'
import { suggestion } from './section.ts'

type Report = (path: readonly (string | number)[], message: string) => void

type Repository = {
  readonly defaultBranch: string
  readonly branches: readonly string[]
  readonly workflows: boolean
  readonly environments: readonly string[]
  readonly protection: readonly { readonly branches: string; readonly includeAdmins: boolean }[]
  readonly labels: readonly { readonly name: string }[]
  readonly milestones: readonly { readonly title: string }[]
  readonly issues: readonly { readonly labels: readonly string[]; readonly milestone?: string }[]
}

/** What a repository says of its own branches, labels and milestones must hold. */
export function judgeRepository(repository: Repository, report: Report): void {
  repository.protection.forEach(({ branches: pattern }, index) => {
    const fault = patternFault(pattern, repository)
    if (fault !== null) report(['protection', index, 'branches'], fault)
  })
  judgeWorkflows(repository, report)
  const labels = repository.labels.map(({ name }) => name)
  const milestones = repository.milestones.map(({ title }) => title)
  repository.issues.forEach((issue, index) => {
    issue.labels.forEach((name, at) => {
      if (!labels.includes(name))
        report(['issues', index, 'labels', at], `no label is called "${name}"${suggestion(name, labels)}`)
    })
    const { milestone } = issue
    if (milestone !== undefined && !milestones.includes(milestone))
      report(
        ['issues', index, 'milestone'],
        `no milestone is called "${milestone}"${suggestion(milestone, milestones)}`,
      )
  })
}

/** The environment in which the workflows apply. */
const applied = 'production'

/** Terraform commits the workflows to the default branch, as an administrator. */
function judgeWorkflows(repository: Repository, report: Report): void {
  const { workflows, protection, defaultBranch, environments } = repository
  if (!workflows) return
  // GitHub makes an environment that a job names and nobody has declared: one that asks no one.
  if (!environments.includes(applied))
    report(['workflows'], `apply in the environment "${applied}", where people approve; add it to environments.`)
  const closed = protection.find(
    ({ branches, includeAdmins }) => includeAdmins && matchesBranch(defaultBranch, branches),
  )
  if (closed)
    report(
      ['workflows'],
      `cannot be committed to ${defaultBranch}, which includeAdmins closes to everybody; keep one of them.`,
    )
}

/** Whether a branch is meant by a pattern of GitHub's. */
export function matchesBranch(branch: string, pattern: string): boolean {
  return branch === pattern || matchesGlob(branch, pattern)
}

/** Why a pattern of branches would apply to nothing, or null. */
export function patternFault(
  pattern: string,
  { defaultBranch, branches }: Pick<Repository, 'defaultBranch' | 'branches'>,
): string | null {
  const declared = [defaultBranch, ...branches]
  if (declared.some((branch) => matchesBranch(branch, pattern))) return null
  return `"${pattern}" matches no declared branch (${declared.join(', ')}); correct it, or declare the branch in branches.`
}

type Environment = {
  readonly reviewers: { readonly users: readonly number[]; readonly teams: readonly number[] }
  readonly preventSelfReview: boolean
}

/** What GitHub would refuse of the reviewers of an environment. */
export function judgeReviewers({ reviewers, preventSelfReview }: Environment, report: Report): void {
  const count = reviewers.users.length + reviewers.teams.length
  if (count > 6) report(['reviewers'], `are ${count}; GitHub takes six people and teams at most.`)
  if (count === 0 && preventSelfReview)
    report(['preventSelfReview'], 'needs a reviewer who is somebody else; add reviewers, or remove it.')
}
