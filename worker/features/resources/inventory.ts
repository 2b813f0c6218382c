import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { redact } from '../../platform/redact.ts'
import type { Secrets, Step } from '../../platform/redact.ts'

const Block = z.object({
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  provider: z.string().default(''),
  module: z.string().optional(),
})

const PathStep = z.object({
  value: z.union([z.string(), z.number(), z.object({ value: z.union([z.string(), z.number()]) })]),
})

const Instance = z.object({
  index_key: z.union([z.string(), z.number()]).nullish(),
  status: z.string().optional(),
  deposed: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
  sensitive_attributes: z.array(z.array(PathStep)).catch([]).default([]),
  dependencies: z.array(z.string()).default([]),
})

/** What the next version is compared with: fingerprints of the attributes, never their values. */
export const Facts = z.object({
  status: z.string(),
  provider: z.string(),
  type: z.string(),
  cloud_id: z.string().nullable(),
  marks: z.record(z.string(), z.string()),
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
const longestAttributes = 100_000

/** The parts of a resource, or null for what is not managed (data sources). */
function parse(block: unknown, instance: unknown) {
  const parsed = Block.parse(block)
  if (parsed.mode !== 'managed') return null
  const own = Instance.parse(instance)
  const sensitive = own.sensitive_attributes.map((path) =>
    path.map(({ value }) => (typeof value === 'object' ? value.value : value)),
  )
  return { block: parsed, instance: own, sensitive: sensitive satisfies Step[][] }
}

/** Adds a resource's secret values to what must be hidden everywhere: providers copy them to attributes without a mark. */
export function collectSecrets(block: unknown, instance: unknown, secrets: Secrets): void {
  const parsed = parse(block, instance)
  if (parsed) secrets.collect(parsed.instance.attributes ?? {}, parsed.sensitive)
}

/** Describes a resource of a state, or null for a data source. */
export function describe(block: unknown, instance: unknown, secrets: Secrets): Item | null {
  const parsed = parse(block, instance)
  if (!parsed) return null
  const { block: own, instance: object, sensitive } = parsed
  const attributes = object.attributes ?? {}
  const shown = JSON.stringify(redact(attributes, sensitive, secrets))
  return {
    address: addressOf(own, object),
    module: own.module ?? null,
    name: own.name,
    index_key: (object.index_key ?? null) === null ? null : JSON.stringify(object.index_key),
    provider_address: providerSource(own.provider),
    attributes: shown.length > longestAttributes ? null : shown,
    dependencies: object.dependencies,
    facts: {
      status: statusOf(object),
      provider: providerSource(own.provider).split('/').at(-1) ?? '',
      type: own.type,
      cloud_id: cloudId(attributes, sensitive, secrets),
      marks: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, mark(value)])),
    },
  }
}

function statusOf({ deposed, status }: z.infer<typeof Instance>): string {
  if (deposed !== undefined) return 'deposed'
  return status === 'tainted' ? 'tainted' : 'active'
}

/** The id by which the cloud knows the resource, unless it is a secret. */
function cloudId(
  attributes: Record<string, unknown>,
  sensitive: readonly (readonly Step[])[],
  secrets: Secrets,
): string | null {
  const id = attributes['id']
  return typeof id === 'string' && sensitive.every(([first]) => first !== 'id') ? secrets.hide(id) : null
}

function addressOf(block: z.infer<typeof Block>, { index_key: key, deposed }: z.infer<typeof Instance>): string {
  const resource = `${block.module === undefined ? '' : `${block.module}.`}${block.type}.${block.name}`
  const index = key === undefined || key === null ? '' : `[${JSON.stringify(key)}]`
  return `${resource}${index}${deposed === undefined ? '' : ` (deposed ${deposed})`}`
}

/** `provider["registry.terraform.io/cloudflare/cloudflare"].alias` has the source `registry.terraform.io/cloudflare/cloudflare`. */
function providerSource(address: string): string {
  return /\["([^"]+)"\]/.exec(address)?.[1] ?? address
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
