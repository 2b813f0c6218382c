import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import { definitions } from './providers.ts'
import type { Definition } from './providers.ts'
import type { Used } from './schema/catalog.ts'

const Types = z.record(z.string(), z.unknown())
/** Terraform's JSON takes a list wherever blocks may repeat. */
const listOf = <Kind extends z.ZodType>(kind: Kind) =>
  z.union([kind.transform((one) => [one]), z.array(kind)]).default([])
const Source = z.object({ source: z.string().optional() })
/** Either a source, or in the oldest form a version alone. */
const Requirement = z.union([Source, z.string().transform((): z.infer<typeof Source> => ({}))])
const Configuration = z.object({
  terraform: listOf(z.object({ required_providers: listOf(z.record(z.string(), Requirement)) })),
  provider: z.record(z.string(), z.unknown()).default({}),
  resource: listOf(Types),
  data: listOf(Types),
})
type Configuration = z.infer<typeof Configuration>
const State = z.object({ resources: z.array(z.object({ mode: z.string(), type: z.string() })).default([]) })

/** What folders ask of a provider. */
export type Demand = { readonly definition: Definition; readonly used: Used }

/** Reads which providers and types folders with Terraform's JSON use, their local states included. */
export function demandsOf(folders: readonly string[]): Demand[] {
  const parts = folders.flatMap(filesIn).map(readConfiguration)
  const held = folders.flatMap((folder) => stateOf(folder).resources)
  const resources = [...parts.flatMap(({ resource }) => resource.flatMap(Object.keys)), ...typesOf(held, 'managed')]
  const dataSources = [...parts.flatMap(({ data }) => data.flatMap(Object.keys)), ...typesOf(held, 'data')]
  const addresses = new Set(parts.flatMap(addressesIn))
  return definitions.flatMap((definition) => {
    const isOwn = (type: string) => type.startsWith(`${definition.prefix}_`)
    const used = { resources: new Set(resources.filter(isOwn)), dataSources: new Set(dataSources.filter(isOwn)) }
    const isWanted = addresses.has(definition.address) || used.resources.size + used.dataSources.size > 0
    return isWanted ? [{ definition, used }] : []
  })
}

function filesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.tf.json'))
    if (files.length > 0) return files.map((name) => join(folder, name))
  } catch {
    throw new Refusal(`There is no folder ${folder}.`)
  }
  throw new Refusal(`There is no *.tf.json in ${folder}: synthesise first.`)
}

function readConfiguration(file: string): Configuration {
  const parsed = Configuration.safeParse(jsonIn(file))
  if (parsed.success) return parsed.data
  throw new Refusal(`${file} is no configuration for Terraform: ${z.prettifyError(parsed.error)}`)
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${String(error)}`)
  }
}

/** A source without a namespace is HashiCorp's. */
function addressesIn({ terraform }: Configuration): string[] {
  const lists = terraform.flatMap((each) => each.required_providers)
  return lists.flatMap((list) =>
    Object.entries(list).map(([name, { source = name }]) => {
      const bare = source.replace(/^registry\.terraform\.io\//, '')
      return bare.includes('/') ? bare : `hashicorp/${bare}`
    }),
  )
}

function stateOf(folder: string): z.infer<typeof State> {
  try {
    return State.parse(JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')))
  } catch {
    return { resources: [] }
  }
}

function typesOf(resources: z.infer<typeof State>['resources'], mode: string): string[] {
  return resources.filter((each) => each.mode === mode).map(({ type }) => type)
}
