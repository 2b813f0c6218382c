import { Refusal } from '../embedded/refusal.ts'
import { findStrayTokens } from './existing.ts'
import { findState, pathOf } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'
import { apply, plan } from './terraform.ts'
import type { Change } from './terraform.ts'
import type { World } from './world.ts'

const verbs: Readonly<Record<string, string>> = { create: 'makes', import: 'adopts', update: 'changes' }

/** What the Worker binds, made by Terraform with a state on this machine. */
export const platform: Step = {
  title: 'platform',
  async look(world) {
    const kept = await findState(world)
    if (kept?.at === 'control plane')
      return done(`the control plane has the state ${world.state}, serial ${kept.file.serial}`)
    const changes = await plan(world)
    if (changes.length === 0) return done(`as declared; its state is in ${pathOf(world)}`)
    return open([told(changes), ...(await notes(world, changes))].join('; '))
  },
  async take(world) {
    await apply(world)
    if (!(await findState(world))) throw new Refusal(`Terraform has left no state in ${pathOf(world)}.`)
    return `as declared; its state is in ${pathOf(world)}`
  },
}

/** A token that a killed run has made is of no use: its value went with it. Who else uses it nobody can tell. */
async function notes(world: World, changes: readonly Change[]): Promise<string[]> {
  if (!changes.some(({ address }) => address.startsWith('cloudflare_account_token.'))) return []
  const strays = await findStrayTokens(world)
  if (strays.length === 0) return []
  return [`no state knows the token ${strays.join(', ')}, which you may delete if nothing uses it`]
}

function told(changes: readonly Change[]): string {
  const actions = Object.entries(Object.groupBy(changes, ({ action }) => action))
  const lines = actions.map(
    ([action, each = []]) => `${verbs[action] ?? action} ${each.map(({ address }) => address).join(', ')}`,
  )
  return lines.join('; ')
}
