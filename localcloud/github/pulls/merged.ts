import { z } from 'zod'
import type { Account } from '../accounts/schema.ts'
import type { Why } from '../git/refs.ts'
import { changeIssue } from '../issues/changes.ts'
import { issueById, issueNumbered } from '../issues/queries.ts'
import { referencesIn } from '../issues/references.ts'
import type { Issue } from '../issues/schema.ts'
import { noteEvent, raiseFor } from '../issues/subject.ts'
import { found } from '../platform/problem.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { pullById } from './queries.ts'
import type { Pull } from './schema.ts'

/** What a move of a branch is for when it is a merge. */
export const Merging = z.object({ pull: z.number(), sha: z.string() })

/** The pull request that a move of a branch is the merge of; it is stored as such by the merge itself. */
export function mergedBy({ kind, body }: Why): number | null {
  return kind === 'merge' ? Merging.parse(body).pull : null
}

/** Stores that a pull request was merged, once, and closes what its text says it closes. */
export function markMerged(world: World, repository: Repository, pull: Pull, actor: Account, sha: string): void {
  const { store, now } = world
  const current = found(pullById(store, pull.id))
  const issue = found(issueById(store, pull.issue_id))
  if (current.merged_at !== null) return
  const at = now()
  store.update('pulls', pull.id, { merged_at: at, merged_by: actor.id, merge_sha: sha })
  store.update('issues', issue.id, { state: 'closed', closed_at: at, closed_by: actor.id, updated_at: at })
  noteEvent(world, issue, actor, 'merged', {}, sha)
  noteEvent(world, issue, actor, 'closed')
  raiseFor(world, repository, issue, actor, [{ action: 'closed' }])
  if (current.base_ref === repository.default_branch) closeReferences(world, repository, issue, actor)
}

function closeReferences(world: World, repository: Repository, pull: Issue, actor: Account): void {
  const text = `${pull.title}\n${pull.body ?? ''}`
  for (const { number, closes } of referencesIn(text, repository.full_name)) {
    const issue = closes ? issueNumbered(world.store, repository.id, number) : null
    if (issue && !issue.is_pull) changeIssue(world, repository, issue, actor, { state: 'closed' })
  }
}
