import { actionOf } from '../../../worker/features/deployments/plan-change.ts'
import type { Action, ResourceChange } from '../../../worker/features/deployments/plan-change.ts'
import type { PlanRecord } from '../../../worker/features/deployments/plan-record.ts'

const words: ReadonlyMap<Action, string> = new Map([
  ['import', 'import'],
  ['create', 'create'],
  ['update', 'change'],
  ['replace', 'replace'],
  ['delete', 'destroy'],
  ['forget', 'forget'],
  ['move', 'move'],
  ['read', 'read'],
])

/** What happens to a resource, in a word. */
export function wordFor(resource: ResourceChange): string {
  return words.get(actionOf(resource).action) ?? 'change'
}

/** What a plan with changes does: `1 to import, 20 to create`. An import that changes something counts as both. */
export function countsOf(record: PlanRecord | null): string {
  if (record === null) return 'changes that could not be read'
  const done = record.resource_changes.flatMap((each) => {
    const word = wordFor(each)
    return each.change.importing !== null && word !== 'import' ? ['import', word] : [word]
  })
  const told = [...words.values()].flatMap((word) => {
    const count = done.filter((each) => each === word).length
    return count === 0 ? [] : [`${count} to ${word}`]
  })
  return told.join(', ') || 'changes of outputs alone'
}
