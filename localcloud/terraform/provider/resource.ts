import { ApiRefusal } from '../effects/effect.ts'
import type { Cloud, Effect } from '../effects/effect.ts'
import { knownIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Block } from '../schema/schema.ts'
import { complete } from './conforming.ts'
import { nothing, simulatedValues } from './inventing.ts'
import { adopt, refresh, settle } from './merging.ts'

/** A type of resource as Terraform's calls see it. */
export type Resource = {
  readonly block: Block
  readonly read: (state: Values) => Promise<Values | null>
  readonly create: (planned: Values) => Promise<Values>
  readonly update: (planned: Values, prior: Values) => Promise<Values>
  readonly remove: (state: Values) => Promise<void>
  readonly import: (id: string) => Promise<Values>
}

/** Really made in a cloud, and read back from it. */
export function realResource(type: string, block: Block, effect: Effect, cloud: Cloud): Resource {
  return {
    block,
    read: async (state) => {
      const said = await effect.read(state, cloud)
      return said && refresh(block, state, said)
    },
    create: async (planned) => settle(block, planned, await effect.create(knownIn(planned), cloud), nothing),
    update: async (planned, prior) =>
      settle(block, planned, await effect.update(knownIn(planned), cloud, prior), nothing),
    remove: async (state) => effect.remove(state, cloud),
    import: async (id) => {
      const known = { id, ...(await effect.identify(id, cloud)) }
      const said = await effect.read(known, cloud)
      if (said === null) throw new ApiRefusal(404, `There is no ${type} with the identifier ${id}.`)
      return complete(block, adopt(block, { ...known, ...said }))
    },
  }
}

/** Kept in the state only. */
export function simulatedResource(type: string, block: Block): Resource {
  return {
    block,
    read: async (state) => state,
    create: async (planned) => settle(block, planned, {}, simulatedValues(type)),
    update: async (planned) => settle(block, planned, {}, simulatedValues(type)),
    remove: async () => undefined,
    import: async (id) => complete(block, { id }),
  }
}
