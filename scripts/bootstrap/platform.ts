import { Refusal } from '../embedded/refusal.ts'
import { findStrayTokens } from './existing.ts'
import { findState, pathOf } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'
import { Terraform } from './terraform.ts'
import type { Change } from './terraform.ts'

const verbs: Readonly<Record<string, string>> = { create: 'makes', import: 'adopts', update: 'changes' }

/** What the Worker binds, made by Terraform with a state on this machine. */
export const platform: Step = {
  title: 'platform',
  async look(world) {
    const kept = await findState(world)
    if (kept?.at === 'control plane')
      return done(`the control plane has the state ${world.state}, serial ${kept.file.serial}`)
    const changes = await Terraform.with(world, (terraform) => terraform.plan())
    return changes.length === 0 ? done(`as declared; its state is in ${pathOf(world)}`) : open(told(changes))
  },
  async take(world) {
    const strays = await findStrayTokens(world)
    const changes = await Terraform.with(world, async (terraform) => {
      const planned = await terraform.plan()
      await terraform.apply()
      return planned
    })
    if (strays.length > 0 && changes.some(({ address }) => address.startsWith('cloudflare_account_token.')))
      console.log(
        `  A token called ${world.settings.project}-worker was there that no state knows (${strays.join(', ')}): delete it if nothing uses it.`,
      )
    if (!(await findState(world))) throw new Refusal(`Terraform has left no state in ${pathOf(world)}.`)
    return `as declared; its state is in ${pathOf(world)}`
  },
}

function told(changes: readonly Change[]): string {
  const actions = Object.entries(Object.groupBy(changes, ({ action }) => action))
  const lines = actions.map(
    ([action, each = []]) => `${verbs[action] ?? action} ${each.map(({ address }) => address).join(', ')}`,
  )
  return lines.join('; ')
}
