import { setTimeout as sleep } from 'node:timers/promises'
import type { Cloud } from '../cloud.ts'
import { ApiError } from '../envelope.ts'
import { paths } from '../runtime/protocol.ts'
import type { WorkflowCall } from '../runtime/protocol.ts'
import { forget, instancesOf } from './engine.ts'
import { cannotChange, cannotTerminate, noInstance, noScript } from './errors.ts'
import { clearDeletions, deletionsOf, workflowCalled } from './queries.ts'

/** Asks the engine for something. It answers when it has taken note, not when it is done. */
export async function conduct({ runtime }: Pick<Cloud, 'runtime'>, call: WorkflowCall): Promise<void> {
  const leave = await runtime.gate.enter(null)
  try {
    const response = await runtime.instance.call(paths.workflow, call)
    if (response.ok) return
    const message = await response.text()
    if (message === 'workflow.not_found') throw noScript()
    if (response.status === 404) throw noInstance()
    throw call.act === 'terminate' ? cannotTerminate() : cannotChange()
  } finally {
    leave()
  }
}

/**
 * Wakes what the runtime left asleep: after each start of it no sleep ends and no step goes on by itself. What had not
 * begun is started again.
 */
export async function reviveWorkflows(cloud: Pick<Cloud, 'runtime' | 'folder'>): Promise<void> {
  for (const { name } of cloud.runtime.plan.workflows) {
    for (const { id, status } of instancesOf(cloud, name)) {
      const act = status === 'queued' ? 'revive' : 'wake'
      if (!['queued', 'running', 'waiting'].includes(status)) continue
      await insist(() => conduct(cloud, { workflow: name, id, act })).catch((error: unknown) =>
        console.error(`Instance ${id} of the Workflow ${name} could not be woken:`, error),
      )
    }
  }
}

/** An engine that has only just started calls an instance not found when it fails to open it, which passes. */
async function insist(act: () => Promise<void>): Promise<void> {
  for (let left = 5; left > 0; left -= 1) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error
      await sleep(100)
    }
  }
  return act()
}

/** Removes what was deleted while the engine ran. */
export function sweepInstances(cloud: Cloud): void {
  for (const { workflow, instance } of deletionsOf(cloud.store, null)) {
    forget(cloud, workflow, workflowCalled(cloud.store, workflow) ? instance : null)
  }
  clearDeletions(cloud.store)
}
