import type { Attribute, Block, NestedBlock, Type } from './schema.ts'

const types: { readonly [storage: string]: Type } = {
  string: 'string',
  number: 'number',
  boolean: 'bool',
  stringList: ['list', 'string'],
  numberList: ['list', 'number'],
  stringMap: ['map', 'string'],
}
const entry =
  /^ +(\w+): \{\n +value: ([^\n]*),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)"/gm

/** Reads how a provider itself is configured: only the code that writes HCL tells it. */
export function recoverConfiguration(source: string): Block {
  const [, body = ''] = source.split('protected synthesizeHclAttributes()')
  return blockIn(source, body)
}

function blockIn(source: string, body: string): Block {
  const entries = [...body.matchAll(entry)].filter(([, name]) => name !== 'alias')
  const required = requiredIn(source, body)
  return {
    attributes: entries
      .filter(([, , , isBlock]) => isBlock === 'false')
      .map(([, name = '', , , , storage = '']) => attributeOf(name, types[storage] ?? 'dynamic', required)),
    blocks: entries
      .filter(([, , , isBlock]) => isBlock === 'true')
      .map(([, name = '', value = '']) => blockOf(source, name, value)),
  }
}

/** A property without a question mark must be there. */
function requiredIn(source: string, body: string): ReadonlySet<string> {
  const [, name] = /struct\?: (\w+)/.exec(body) ?? []
  const [, properties = ''] =
    (name && new RegExp(`export interface ${name} \\{([^}]*(?:\\{@[^}]*\\}[^}]*)*)\\n\\}`).exec(source)) || []
  return new Set(
    [...properties.matchAll(/readonly (\w+): /g)].map(([, each = '']) =>
      each.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    ),
  )
}

function attributeOf(name: string, type: Type, requiredNames: ReadonlySet<string>): Attribute {
  const required = requiredNames.has(name)
  return { name, type, required, optional: !required, computed: false, sensitive: false }
}

/** Blocks of a provider are lists of at most one. */
function blockOf(source: string, name: string, value: string): NestedBlock {
  const [, writer = ''] = /(\w+ToHclTerraform)/.exec(value) ?? []
  const [, rest = ''] = source.split(`export function ${writer}(`)
  const [body = ''] = rest.split('\n}\n')
  return { name, nesting: 'LIST', min: 0, max: 1, block: blockIn(source, body) }
}
