import { IssueLabel } from '@cdktf/provider-github/lib/issue-label/index.js'
import { Issue } from '@cdktf/provider-github/lib/issue/index.js'
import { RepositoryMilestone } from '@cdktf/provider-github/lib/repository-milestone/index.js'
import type { Construct } from 'constructs'
import { identifier } from '../identifier.ts'
import type { Repository } from '../schema/github.ts'

/** Labels, milestones, and the issues a repository starts with. Labels that others made stay: each is a resource alone. */
export function declarePlanning(scope: Construct, owner: string, repository: string, wanted: Repository): void {
  const labels = new Map(
    wanted.labels.map((label) => [
      label.name,
      new IssueLabel(scope, identifier('label', label.name), { repository, ...label }),
    ]),
  )
  const milestones = new Map(
    wanted.milestones.map(({ title, description, due }) => {
      const dueDate = due === undefined ? {} : { dueDate: due }
      const id = identifier('milestone', title)
      return [title, new RepositoryMilestone(scope, id, { owner, repository, title, description, ...dueDate })]
    }),
  )
  for (const { title, body, labels: names, milestone: wantedMilestone } of wanted.issues) {
    const milestone = milestones.get(wantedMilestone ?? '')
    new Issue(scope, identifier('issue', title), {
      repository,
      title,
      body,
      labels: names,
      ...(milestone ? { milestoneNumber: milestone.number } : {}),
      dependsOn: names.flatMap((name) => labels.get(name) ?? []),
      // People work on an issue: once made, it is theirs.
      lifecycle: { ignoreChanges: 'all' },
    })
  }
}
