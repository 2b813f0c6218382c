import { ApiRefusal } from '../effects/effect.ts'
import type { Cloud } from '../effects/effect.ts'
import type { Diagnostic } from '../protocol/messages.ts'
import type { Values } from '../protocol/values.ts'
import type { Definition } from '../providers.ts'
import type { Block, ProviderSchema } from '../schema/schema.ts'
import { complete } from './conforming.ts'
import { nothing, simulatedValues } from './inventing.ts'
import { settle } from './merging.ts'
import { plan } from './planning.ts'
import { realResource, simulatedResource } from './resource.ts'
import type { Resource } from './resource.ts'
import { validate } from './validating.ts'

/** A provider that is stood in for: what Terraform asks, answered from its schema and its cloud. */
export class Provider {
  readonly schema: ProviderSchema
  readonly #definition: Definition
  readonly #env: NodeJS.ProcessEnv
  #cloud: Cloud | null = null

  constructor(definition: Definition, schema: ProviderSchema, env: NodeJS.ProcessEnv) {
    this.#definition = definition
    this.schema = schema
    this.#env = env
  }

  /** @returns what whoever expects real effects should know */
  async configure(config: Values): Promise<Diagnostic[]> {
    const { open, variable, address } = this.#definition
    this.#cloud = await open(config, this.#env)
    if (this.#cloud || variable === undefined) return []
    const detail = `Neither base_url of the provider nor ${variable} is set: what is made is kept in the state only.`
    return [{ severity: 'warning', summary: `No cloud for ${address}`, detail }]
  }

  resource(type: string): Resource {
    const block = found(this.schema.resources, type)
    const effect = this.#definition.effects.resources[type]
    return effect && this.#cloud ? realResource(type, block, effect, this.#cloud) : simulatedResource(type, block)
  }

  validate(type: string, config: Values): Diagnostic[] {
    return validate(found(this.schema.resources, type), config)
  }

  plan(type: string, wish: { prior: Values | null; proposed: Values; config: Values | null }) {
    return plan(found(this.schema.resources, type), wish)
  }

  /** Fills in what a state of an older schema does not have. */
  upgrade(type: string, state: Values): Values {
    return complete(found(this.schema.resources, type), state)
  }

  async readData(type: string, config: Values): Promise<Values> {
    const block = found(this.schema.dataSources, type)
    const lookup = this.#definition.effects.dataSources[type]
    const { planned } = plan(block, { prior: null, proposed: config, config })
    if (lookup && this.#cloud) return settle(block, planned, await lookup(config, this.#cloud), nothing)
    const known = this.#definition.effects.known?.[type]?.(config) ?? {}
    return settle(block, planned, known, simulatedValues(type, JSON.stringify(config)))
  }
}

function found(blocks: ReadonlyMap<string, Block>, type: string): Block {
  const block = blocks.get(type)
  if (!block) throw new ApiRefusal(0, `The provider does not have ${type}.`)
  return block
}
