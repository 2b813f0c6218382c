import { numberParam } from '../front/routes.ts'
import { issueNumbered } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { found } from '../platform/problem.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { pullOfIssue } from './queries.ts'
import type { Pull } from './schema.ts'

/** The pull request that the path names, with the issue that it is. */
export function openPull(
  { store }: World,
  c: Call,
  repository: Repository,
): { readonly issue: Issue; readonly pull: Pull } {
  const issue = found(issueNumbered(store, repository.id, numberParam(c, 'number')))
  return { issue, pull: found(pullOfIssue(store, issue.id)) }
}
