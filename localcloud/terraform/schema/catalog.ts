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

/** Finds the schemas of what is used, and of all that has an effect: a state may hold more than its configuration. */
export function schemaOf(definition: Definition, used: Used, cacheFolder: string): ProviderSchema {
  const { effects, types, facts } = definition
  const resources = [...new Set([...used.resources, ...Object.keys(effects.resources), ...Object.keys(types)])]
  const dataSources = [...new Set([...used.dataSources, ...Object.keys(effects.dataSources)])]
  const wanted = [...resources.filter((type) => !types[type]), ...dataSources.map((type) => dataPrefix + type)]
  const recovered = recoveredOf(definition, wanted, cacheFolder)
  const found = (type: string, block: Block | null | undefined) =>
    block ? [[type, withFacts(type, block, facts[type])] as const] : []
  return {
    provider: withFacts(definition.prefix, definition.configuration ?? recovered.configuration),
    resources: new Map(resources.flatMap((type) => found(type, types[type] ?? recovered.types[type]))),
    dataSources: new Map(dataSources.flatMap((type) => found(type, recovered.types[dataPrefix + type]))),
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
