import { BranchDefault } from '@cdktf/provider-github/lib/branch-default/index.js'
import { BranchProtection } from '@cdktf/provider-github/lib/branch-protection/index.js'
import { Repository } from '@cdktf/provider-github/lib/repository/index.js'
import { Construct } from 'constructs'
import type { BaseStack } from '../base.ts'
import { identifier } from '../identifier.ts'
import type { Protection, Repository as Wanted } from '../schema/github.ts'

/** A repository, its default branch, and what protects its branches. */
export class ProtectedRepository extends Construct {
  readonly repository: Repository

  constructor(stack: BaseStack, wanted: Wanted, protectData: boolean) {
    super(stack, identifier(wanted.name))
    this.repository = this.#repository(wanted, protectData)
    if (wanted.existing) stack.adopt(this.repository, wanted.name)
    new BranchDefault(this, 'default-branch', {
      repository: this.repository.name,
      branch: wanted.defaultBranch,
      // The first commit of a new one is on main.
      ...(wanted.existing || wanted.defaultBranch === 'main' ? {} : { rename: true }),
    })
    for (const protection of wanted.protection) this.#protect(protection)
  }

  #repository(wanted: Wanted, protectData: boolean): Repository {
    const { name, description, visibility, topics, hasIssues, hasProjects, hasWiki, homepage } = wanted
    const repository = new Repository(this, 'repository', {
      name,
      description,
      visibility,
      topics,
      hasIssues,
      hasProjects,
      hasWiki,
      ...(homepage === undefined ? {} : { homepageUrl: homepage }),
      // A new one needs a commit, or it has no branch that could be protected.
      autoInit: !wanted.existing,
      allowAutoMerge: true,
      allowMergeCommit: true,
      allowSquashMerge: true,
      deleteBranchOnMerge: true,
      vulnerabilityAlerts: true,
      archiveOnDestroy: true,
      lifecycle: {
        preventDestroy: protectData,
        // Only what happened at its making; on an adopted one a difference would replace it.
        ignoreChanges: ['auto_init', 'template'],
      },
    })
    return repository
  }

  #protect({ branches, approvals, checks, ...rules }: Protection): void {
    new BranchProtection(this, identifier('protection', branches), {
      repositoryId: this.repository.nodeId,
      pattern: branches,
      enforceAdmins: rules.includeAdmins,
      requiredPullRequestReviews: [
        {
          dismissStaleReviews: rules.dismissStaleReviews,
          requireCodeOwnerReviews: rules.codeOwnersReview,
          requiredApprovingReviewCount: approvals,
        },
      ],
      requiredStatusChecks: [{ strict: true, contexts: checks }],
    })
  }
}
