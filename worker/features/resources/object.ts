import { z } from '@hono/zod-openapi'
import type { Step } from '../../platform/redact.ts'

/**
 * A state holds what its client wrote, and is stored whatever that is. So this reads leniently: only what an address is
 * made of must be there, and short enough for a row. Lone surrogates are no UTF-8 and would come back as something else.
 */
const short = (longest: number) =>
  z
    .string()
    .max(longest)
    .transform((text) => text.toWellFormed())

const Block = z.object({
  mode: z.string().catch('managed'),
  type: short(300).refine((type) => type !== ''),
  name: short(300).refine((name) => name !== ''),
  provider: short(500).catch(''),
  module: short(2000).nullish(),
})
export type Block = z.infer<typeof Block>

const Instance = z.object({
  index_key: z.union([short(1000), z.number()]).nullish(),
  deposed: short(100).nullish(),
  status: z.unknown().optional(),
  dependencies: z.unknown().optional(),
})
export type Instance = z.infer<typeof Instance>

const Content = z.object({
  attributes: z.record(z.string(), z.unknown()).nullish().catch(null),
  sensitive_attributes: z.unknown().optional(),
})

const PathStep = z.object({
  value: z.union([z.string(), z.number(), z.object({ value: z.union([z.string(), z.number()]) })]),
})

/** How many characters of dependencies are kept with a resource. */
const longestDependencies = 50_000

/** What a resource is called and is made of, or null when that cannot be told. */
export function identify(block: unknown, instance: unknown): { block: Block; instance: Instance } | null {
  const [own, object] = [Block.safeParse(block), Instance.safeParse(instance)]
  return own.success && object.success ? { block: own.data, instance: object.data } : null
}

/** The values of a resource or a data source, and where in them its secrets are. */
export function contentOf(instance: unknown): { attributes: Record<string, unknown>; sensitive: Step[][] } {
  const { data } = Content.safeParse(instance)
  const marked = data?.sensitive_attributes ?? []
  const sensitive = Array.isArray(marked) ? marked.map(pathOf) : [[]]
  return { attributes: data?.attributes ?? {}, sensitive }
}

/** A path as far as it can be read: where it cannot, everything below is a secret. */
function pathOf(path: unknown): Step[] {
  const steps: Step[] = []
  for (const step of Array.isArray(path) ? path : []) {
    const { data } = PathStep.safeParse(step)
    if (!data) break
    steps.push(typeof data.value === 'object' ? data.value.value : data.value)
  }
  return steps
}

/** The addresses that a resource depends on, as many as a row should hold. */
export function dependenciesOf({ dependencies }: Instance): string[] {
  const known: string[] = []
  let left = longestDependencies
  for (const address of Array.isArray(dependencies) ? dependencies : []) {
    if (typeof address !== 'string') continue
    left -= address.length
    if (left < 0) break
    known.push(address)
  }
  return known
}
