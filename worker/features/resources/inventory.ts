import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { redact } from '../../platform/redact.ts'
import type { Secrets, Step } from '../../platform/redact.ts'
import { contentOf, dependenciesOf, identify } from './object.ts'
import type { Block, Instance } from './object.ts'

/** What the next version is compared with: fingerprints of the attributes, never their values. */
export const Facts = z.object({
  status: z.string(),
  provider: z.string(),
  type: z.string(),
  cloud_id: z.string().nullable(),
  marks: z.record(z.string(), z.string()),
  /** Of what is listed: it changes without the attributes when a mark or a dependency does. */
  shown: z.string().default(''),
})
export type Facts = z.infer<typeof Facts>

/** One object of a state, ready to be stored and shown: its secrets are hidden. */
export type Item = {
  readonly address: string
  readonly module: string | null
  readonly name: string
  readonly index_key: string | null
  readonly provider_address: string
  /** JSON, or null when it is larger than a row should be. */
  readonly attributes: string | null
  readonly dependencies: readonly string[]
  readonly facts: Facts
}

/** Attributes beyond this many characters are left out of the inventory; the state itself still has them. */
export const longestAttributes = 100_000

/** An id beyond this many characters is content: nobody looks for it, and it would fill a row. */
const longestId = 1000

/** Adds secret values to what must be hidden everywhere: providers copy them to attributes without a mark. */
export function collectSecrets(instance: unknown, secrets: Secrets): void {
  const { attributes, sensitive } = contentOf(instance)
  secrets.collect(attributes, sensitive)
}

/** Describes a resource of a state; `unmanaged` are data sources, `unreadable` is what has no address we understand. */
export function describe(block: unknown, instance: unknown, secrets: Secrets): Item | 'unmanaged' | 'unreadable' {
  const found = identify(block, instance)
  if (!found) return 'unreadable'
  const { block: own, instance: object } = found
  if (own.mode !== 'managed') return 'unmanaged'
  const { attributes, sensitive } = contentOf(instance)
  const shown = shownAttributes(attributes, sensitive, secrets)
  const dependencies = dependenciesOf(object)
  const provider = providerSource(own.provider)
  return {
    address: addressOf(own, object),
    module: own.module ?? null,
    name: own.name,
    index_key: (object.index_key ?? null) === null ? null : JSON.stringify(object.index_key),
    provider_address: provider,
    attributes: shown,
    dependencies,
    facts: {
      status: statusOf(object),
      provider: provider.split('/').at(-1) ?? '',
      type: own.type,
      cloud_id: cloudId(attributes, sensitive, secrets),
      marks: marksOf(attributes),
      shown: mark([shown, dependencies, provider]),
    },
  }
}

/** What is too large to keep is not searched for secrets either: that would take the longest of all. */
function shownAttributes(
  attributes: Record<string, unknown>,
  sensitive: readonly (readonly Step[])[],
  secrets: Secrets,
): string | null {
  if (JSON.stringify(attributes).length > longestAttributes) return null
  const shown = JSON.stringify(redact(attributes, sensitive, secrets))
  return shown.length > longestAttributes ? null : shown
}

function statusOf({ deposed, status }: Instance): string {
  if (typeof deposed === 'string') return 'deposed'
  return status === 'tainted' ? 'tainted' : 'active'
}

/** The id by which the cloud knows the resource, unless it is a secret. */
function cloudId(
  attributes: Record<string, unknown>,
  sensitive: readonly (readonly Step[])[],
  secrets: Secrets,
): string | null {
  const id = attributes['id']
  if (typeof id !== 'string' || id.length > longestId) return null
  return sensitive.every(([first]) => first !== undefined && first !== 'id') ? secrets.hide(id.toWellFormed()) : null
}

/** The address by which Terraform knows an object. */
export function addressOf(block: Block, { index_key: key, deposed }: Instance): string {
  const resource = `${typeof block.module === 'string' ? `${block.module}.` : ''}${block.type}.${block.name}`
  const index = key === undefined || key === null ? '' : `[${JSON.stringify(key)}]`
  return `${resource}${index}${typeof deposed === 'string' ? ` (deposed ${deposed})` : ''}`
}

/** `provider["registry.terraform.io/cloudflare/cloudflare"].alias` has the source `registry.terraform.io/cloudflare/cloudflare`. */
function providerSource(address: string): string {
  return /\["([^"]+)"\]/.exec(address)?.[1] ?? address
}

/** A fingerprint of each attribute; of all together when their names alone are more than a row should hold. */
function marksOf(attributes: Record<string, unknown>): Facts['marks'] {
  const names = Object.keys(attributes)
  if (names.reduce((sum, name) => sum + name.length, 0) > longestAttributes) return { '(all)': mark(attributes) }
  return Object.fromEntries(names.map((name) => [name.toWellFormed(), mark(attributes[name])]))
}

function mark(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8)
}

export type Action = 'create' | 'update' | 'replace' | 'delete' | 'import' | 'forget' | 'taint' | 'untaint'
export type Difference = { readonly action: Action; readonly changed: readonly string[] }

/**
 * What happened to one address between two versions, or null for nothing.
 * `bookkeeping`: the run changed what the state knows, not what exists.
 */
export function difference(before: Facts | null, after: Facts | null, bookkeeping: boolean): Difference | null {
  if (!before || !after) return onlyIn(before, after, bookkeeping)
  const changed = changedNames(before.marks, after.marks)
  if (before.cloud_id !== null && before.cloud_id !== after.cloud_id) return { action: 'replace', changed }
  if (changed.length > 0 || before.provider !== after.provider) return { action: 'update', changed }
  return before.status === after.status ? null : { action: after.status === 'tainted' ? 'taint' : 'untaint', changed }
}

function onlyIn(before: Facts | null, after: Facts | null, bookkeeping: boolean): Difference | null {
  if (after) return { action: bookkeeping ? 'import' : 'create', changed: [] }
  return before && { action: bookkeeping ? 'forget' : 'delete', changed: [] }
}

function changedNames(before: Facts['marks'], after: Facts['marks']): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => before[name] !== after[name]).toSorted()
}
