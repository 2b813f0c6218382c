import type { Json } from '../../accounts/present.ts'
import type { Issue } from '../../issues/schema.ts'
import { nodeId } from '../../platform/ids.ts'
import { pullOfIssue } from '../../pulls/queries.ts'
import type { Repository } from '../../repositories/schema.ts'
import type { Graph } from '../graph.ts'
import { sharedFields } from './conversation.ts'

/** An issue, or the pull request that it is. */
export function issueNode(g: Graph, repository: Repository, issue: Issue): Json {
  const pull = issue.is_pull ? pullOfIssue(g.world.store, issue.id) : null
  if (pull) return g.show.pull(g, repository, issue, pull)
  const path = `/${repository.full_name}/issues/${issue.number}`
  return {
    __typename: 'Issue',
    id: nodeId('Issue', issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    ...sharedFields(g, repository, issue),
    state: issue.state.toUpperCase(),
    stateReason: issue.state_reason?.toUpperCase() ?? null,
    bodyUrl: `${g.world.site.html}${path}#issue-${issue.id}`,
    bodyResourcePath: `${path}#issue-${issue.id}`,
    subIssuesSummary: { total: 0, completed: 0, percentCompleted: 0 },
  }
}
