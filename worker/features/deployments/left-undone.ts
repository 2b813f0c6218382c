import { actionOf } from './plan-change.ts'
import type { Action, ResourceChange } from './plan-change.ts'
import type { StreamEvent } from './terraform-stream.ts'

/** What an apply has to do with a resource: nothing, if it only moves, is imported or forgotten. */
export type Planned = { readonly address: string; readonly steps: readonly Action[] }

/** The planned changes that did not come about, by address. */
export type LeftUndone = {
  readonly failed: readonly string[]
  /** Begun, and neither finished nor failed: the apply was interrupted there. */
  readonly unfinished: readonly string[]
  readonly never_started: readonly string[]
}

export function plannedSteps(changes: readonly ResourceChange[]): Planned[] {
  return changes.map((resource) => {
    const { action } = actionOf(resource)
    const removes = resource.change.actions.includes('delete')
    return { address: resource.address, steps: action === 'replace' && !removes ? ['create'] : stepsOf(action) }
  })
}

/** The steps in which an apply tells of an action. */
export function stepsOf(action: Action): readonly Action[] {
  if (action === 'replace') return ['delete', 'create']
  return ['create', 'update', 'delete', 'read'].includes(action) ? [action] : []
}

/**
 * What a failed apply left undone, from its plan and from everything that its output told. Output for people does not
 * say of a resource that it failed: there the error that names it does.
 */
export function leftUndone(planned: readonly Planned[], events: readonly StreamEvent[]): LeftUndone {
  const [failed, started, done] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const event of events) {
    if (event.type === 'diagnostic' && event.severity === 'error' && event.address) failed.add(event.address)
    if (event.type !== 'resource') continue
    started.add(event.address)
    if (event.status === 'failed') failed.add(event.address)
    if (event.status === 'success') done.add(`${event.action} ${event.address}`)
  }
  const open = planned
    .filter(({ address, steps }) => failed.has(address) || steps.some((step) => !done.has(`${step} ${address}`)))
    .map(({ address }) => address)
  const undone = [...new Set(open)]
  return {
    failed: undone.filter((address) => failed.has(address)),
    unfinished: undone.filter((address) => !failed.has(address) && started.has(address)),
    never_started: undone.filter((address) => !failed.has(address) && !started.has(address)),
  }
}
