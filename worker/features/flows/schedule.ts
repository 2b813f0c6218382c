import { randomUUID } from 'node:crypto'
import type { Moment } from '../../platform/clock.ts'
import { startInstance } from './accept.ts'
import { reassign, silentRuns } from './queries.ts'

/** A run of which nothing was heard this long is looked at, in milliseconds. */
const silence = 5000

/** Has runs go on whose Workflow instance was never begun, or has ended before them. */
export async function reviveRuns(env: Env, at: Moment): Promise<void> {
  for (const { row, instance } of await silentRuns(env.DEPLOYMENT_DB, at - silence)) {
    const state = await stateOf(env, instance)
    if (state === 'missing') await startInstance(env, row, instance)
    if (state !== 'ended') continue
    const next = randomUUID()
    if (await reassign(env.DEPLOYMENT_DB, row, instance, next, at)) await startInstance(env, row, next)
  }
}

async function stateOf(env: Env, instance: string): Promise<'missing' | 'ended' | 'alive'> {
  try {
    const { status } = await (await env.FLOWS.get(instance)).status()
    return ['errored', 'terminated', 'complete'].includes(status) ? 'ended' : 'alive'
  } catch (error) {
    if (error instanceof Error && error.message.includes('not_found')) return 'missing'
    // One that cannot be asked about keeps nobody else from going on.
    console.error({ workflow: instance, error: error instanceof Error ? error.message : 'unknown' })
    return 'alive'
  }
}
