import type { Attribute, Block, NestedBlock, Type } from '../schema/schema.ts'

/** An attribute in short: `! string` is required, `? bool` optional, `* string` computed, `?* list` both of them. */
type Short = `${'!' | '?' | '*' | '?*'} ${keyof typeof types}`

const types = {
  string: 'string',
  number: 'number',
  bool: 'bool',
  list: ['list', 'string'],
  set: ['set', 'string'],
  map: ['map', 'string'],
} as const satisfies { readonly [name: string]: Type }

/** A schema written by hand, for types that no package has. */
export function written(
  shorts: { readonly [name: string]: Short },
  blocks: { readonly [name: string]: Block } = {},
): Block {
  return {
    attributes: Object.entries(shorts).map(([name, short]) => attributeOf(name, short)),
    blocks: Object.entries(blocks).map(([name, block]): NestedBlock => ({
      name,
      nesting: 'LIST',
      min: 0,
      max: 1,
      block,
    })),
  }
}

function attributeOf(name: string, short: Short): Attribute {
  const [flags = '', type = ''] = short.split(' ')
  const known: { readonly [name: string]: Type } = types
  return {
    name,
    type: known[type] ?? 'dynamic',
    required: flags.includes('!'),
    optional: flags.includes('?'),
    computed: flags.includes('*'),
    sensitive: false,
  }
}
