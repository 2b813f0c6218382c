import { join } from 'node:path'
import { withFacts } from '../overlay/facts.ts'
import type { Definition } from '../providers.ts'
import { readCache, writeCache } from './cache.ts'
import type { Recovered } from './cache.ts'
import { recoverConfiguration } from './configuration.ts'
import { packageAt, sourceOf } from './package.ts'
import { recover } from './recovery.ts'
import type { Framework } from './recovery.ts'
import type { Block, ProviderSchema } from './schema.ts'

/** The types that a configuration names. */
export type Used = { readonly resources: ReadonlySet<string>; readonly dataSources: ReadonlySet<string> }

/** Bump it when the recovery reads something else out of the same package. */
const format = 1
const dataPrefix = 'data_'
const nothing: Block = { attributes: [], blocks: [] }

/**
 * Finds the schemas of what is used, of all that has an effect, and of what was used before on this machine: a state may
 * hold more than its configuration, and only Terraform reads it.
 */
export function schemaOf(definition: Definition, used: Used, cacheFolder: string): ProviderSchema {
  const { effects, types, facts } = definition
  const resources = [...used.resources, ...Object.keys(effects.resources)].filter((type) => !types[type])
  const dataSources = [...used.dataSources, ...Object.keys(effects.dataSources)].map((type) => dataPrefix + type)
  const recovered = recoveredOf(definition, [...new Set([...resources, ...dataSources])], cacheFolder)
  const all = Object.entries({ ...recovered.types, ...types }).flatMap(([key, block]) => {
    if (block === null) return []
    const isData = key.startsWith(dataPrefix)
    const type = isData ? key.slice(dataPrefix.length) : key
    return [{ isData, type, block: withFacts(type, block, isData ? {} : facts[type]) }]
  })
  const blocks = (isData: boolean) =>
    new Map(all.flatMap((each) => (each.isData === isData ? [[each.type, each.block] as const] : [])))
  return {
    provider: withFacts(definition.prefix, definition.configuration ?? recovered.configuration),
    resources: blocks(false),
    dataSources: blocks(true),
  }
}

function recoveredOf({ from, prefix }: Definition, wanted: readonly string[], cacheFolder: string): Recovered {
  if (!from) return { configuration: nothing, types: {} }
  const source = packageAt(from.manifest)
  const file = join(cacheFolder, `${prefix}-${source.version}-${format}.json`)
  const known = readCache(file)
  const missing = wanted.filter((type) => known?.types[type] === undefined)
  if (known && missing.length === 0) return known
  const configuration = known?.configuration ?? recoverConfiguration(sourceOf(source, 'provider') ?? '')
  const read = (type: string) => recoverPart(sourceOf(source, partOf(type, prefix)), from.framework)
  const types = { ...known?.types, ...Object.fromEntries(missing.map((type) => [type, read(type)])) }
  writeCache(file, { configuration, types })
  return { configuration, types }
}

function recoverPart(source: string | null, framework: Framework): Block | null {
  return source === null ? null : recover(source, framework)
}

/** The folder of a type: `github_issue_label` is in `issue-label`, its data source in `data-github-issue-label`. */
function partOf(type: string, prefix: string): string {
  const name = type.startsWith(dataPrefix) ? type : type.slice(prefix.length + 1)
  return name.replaceAll('_', '-')
}
