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

/** A block of which there may be several. */
type Several = Omit<NestedBlock, 'name'>

/** A set of at least one block. */
export function several(block: Block): Several {
  return { nesting: 'SET', min: 1, max: 0, block }
}

/** A schema written by hand, for types that no package has. A block stands for at most one. */
export function written(
  shorts: { readonly [name: string]: Short },
  blocks: { readonly [name: string]: Block | Several } = {},
): Block {
  return {
    attributes: Object.entries(shorts).map(([name, short]) => attributeOf(name, short)),
    blocks: Object.entries(blocks).map(([name, block]) =>
      'nesting' in block ? { name, ...block } : { name, nesting: 'LIST', min: 0, max: 1, block },
    ),
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
