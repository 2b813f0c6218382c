import { z } from 'zod'

/** A type as the plugin protocol writes it: `"string"`, `["list", "string"]`, `["object", { … }]`. */
export type Type =
  | string
  | readonly ['list' | 'set' | 'map', Type]
  | readonly ['object', { readonly [name: string]: Type }]

export const nestings = ['SINGLE', 'LIST', 'SET', 'MAP'] as const
export type Nesting = (typeof nestings)[number]

/** An attribute has a type, or attributes of its own. */
export type Attribute = {
  readonly name: string
  readonly required: boolean
  readonly optional: boolean
  readonly computed: boolean
  readonly sensitive: boolean
  readonly type?: Type
  readonly nested?: { readonly nesting: Nesting; readonly attributes: readonly Attribute[] }
  /** What the provider plans when the configuration says nothing. */
  readonly default?: string | number | boolean | readonly string[]
  /** The attribute that takes this one along when it changes, or `*` for any: times, versions, addresses. */
  readonly changesWith?: string
  /** The only texts it may have, in capitals or not. */
  readonly allowed?: readonly string[]
  /** Another value needs another thing. */
  readonly replaces?: boolean
}
export type NestedBlock = {
  readonly name: string
  readonly nesting: Nesting
  readonly min: number
  readonly max: number
  readonly block: Block
}
export type Block = { readonly attributes: readonly Attribute[]; readonly blocks: readonly NestedBlock[] }

const Type: z.ZodType<Type> = z.lazy(() =>
  z.union([
    z.string(),
    z.tuple([z.enum(['list', 'set', 'map']), Type]),
    z.tuple([z.literal('object'), z.record(z.string(), Type)]),
  ]),
)
const Attribute: z.ZodType<Attribute> = z.lazy(() =>
  z.object({
    name: z.string(),
    required: z.boolean(),
    optional: z.boolean(),
    computed: z.boolean(),
    sensitive: z.boolean(),
    type: Type.exactOptional(),
    nested: z.object({ nesting: z.enum(nestings), attributes: z.array(Attribute) }).exactOptional(),
  }),
)
export const Block: z.ZodType<Block> = z.lazy(() =>
  z.object({
    attributes: z.array(Attribute),
    blocks: z.array(
      z.object({
        name: z.string(),
        nesting: z.enum(nestings),
        min: z.number(),
        max: z.number(),
        block: Block,
      }),
    ),
  }),
)

/** What one provider serves. */
export type ProviderSchema = {
  readonly provider: Block
  readonly resources: ReadonlyMap<string, Block>
  readonly dataSources: ReadonlyMap<string, Block>
}

/** The type of an attribute with attributes of its own. */
export function objectType(nesting: Nesting, attributes: readonly Attribute[]): Type {
  return nestedType(nesting, { attributes, blocks: [] })
}

/** The type of a whole block. */
export function blockType({ attributes, blocks }: Block): Type {
  const names = attributes.map((each) => [each.name, typeOf(each)] as const)
  const nested = blocks.map(({ name, nesting, block }) => [name, nestedType(nesting, block)] as const)
  return ['object', Object.fromEntries([...names, ...nested])]
}

export function typeOf({ type = 'dynamic', nested }: Attribute): Type {
  return nested ? objectType(nested.nesting, nested.attributes) : type
}

export function nestedType(nesting: Nesting, block: Block): Type {
  const object = blockType(block)
  if (nesting === 'SINGLE') return object
  if (nesting === 'MAP') return ['map', object]
  return [nesting === 'SET' ? 'set' : 'list', object]
}
