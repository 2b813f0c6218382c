import type { Json } from '../accounts/present.ts'
import type { Repository } from './schema.ts'

type Raised = { readonly action: string; readonly body: Json }

/** What a change of a repository is called in its webhooks. */
export function actionsOf(before: Repository, after: Repository): Raised[] {
  const isPrivate = after.visibility !== 'public'
  return [
    before.name !== after.name && raised('renamed', { repository: { name: { from: before.name } } }),
    before.archived !== after.archived && raised(after.archived ? 'archived' : 'unarchived'),
    before.visibility !== after.visibility && raised(isPrivate ? 'privatized' : 'publicized'),
    ...(['default_branch', 'description', 'homepage'] as const).map(
      (name) => before[name] !== after[name] && raised('edited', { [name]: { from: before[name] } }),
    ),
  ].filter((each) => each !== false)
}

function raised(action: string, changes?: Json): Raised {
  return { action, body: changes ? { changes } : {} }
}
