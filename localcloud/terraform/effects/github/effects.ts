import type { Effects } from '../effect.ts'
import { actionsSecret, actionsVariable, webhook } from './automation.ts'
import { branchDefault } from './branches.ts'
import { environment } from './environment.ts'
import { repositoryFile } from './file.ts'
import { issue, issueLabel, milestone } from './planning.ts'
import { branchProtection } from './protection.ts'
import { findRepository, findUser, repository } from './repository.ts'

/** Everything that is really made on a GitHub. */
export const githubEffects: Effects = {
  resources: {
    github_repository: repository,
    github_branch_default: branchDefault,
    github_branch_protection: branchProtection,
    github_issue_label: issueLabel,
    github_repository_milestone: milestone,
    github_issue: issue,
    github_repository_webhook: webhook,
    github_actions_secret: actionsSecret,
    github_actions_variable: actionsVariable,
    github_repository_environment: environment,
    github_repository_file: repositoryFile,
  },
  dataSources: { github_repository: findRepository, github_user: findUser },
}
