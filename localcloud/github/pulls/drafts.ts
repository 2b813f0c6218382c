import type { Account } from '../accounts/schema.ts'
import type { Issue } from '../issues/schema.ts'
import { noteEvent, raiseFor } from '../issues/subject.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Pull } from './schema.ts'

/** Says that a pull request is ready for review, or that it no longer is. */
export function setDraft(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: Pull,
  actor: Account,
  draft: boolean,
): void {
  if (pull.draft === draft) return
  world.store.transact(() => {
    const name = draft ? 'converted_to_draft' : 'ready_for_review'
    world.store.update('pulls', pull.id, { draft })
    world.store.update('issues', issue.id, { updated_at: world.now() })
    noteEvent(world, issue, actor, draft ? 'convert_to_draft' : name)
    raiseFor(world, repository, issue, actor, [{ action: name }])
  })
}
