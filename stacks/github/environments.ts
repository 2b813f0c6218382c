import { RepositoryEnvironmentDeploymentPolicy } from '@cdktf/provider-github/lib/repository-environment-deployment-policy/index.js'
import { RepositoryEnvironment } from '@cdktf/provider-github/lib/repository-environment/index.js'
import type { Construct } from 'constructs'
import { identifier } from '../identifier.ts'
import type { Environment, Repository } from '../schema/github.ts'

/** The environments that a repository names: who approves a run, and from which branches. */
export function declareEnvironments(
  scope: Construct,
  repository: string,
  wanted: Repository,
  known: readonly Environment[],
): void {
  for (const { name, reviewers, branches, ...rules } of known.filter((each) =>
    wanted.environments.includes(each.name),
  )) {
    const isReviewed = reviewers.users.length + reviewers.teams.length > 0
    const made = new RepositoryEnvironment(scope, identifier('environment', name), {
      repository,
      environment: name,
      preventSelfReview: rules.preventSelfReview,
      waitTimer: rules.waitMinutes,
      ...(isReviewed ? { reviewers: [reviewers] } : {}),
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    })
    for (const branchPattern of branches) {
      // Within the environment: `prod` from `eu-main` is not `prod-eu` from `main`.
      new RepositoryEnvironmentDeploymentPolicy(made, identifier('branch', branchPattern), {
        repository,
        environment: made.environment,
        branchPattern,
      })
    }
  }
}
