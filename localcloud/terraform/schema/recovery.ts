import { classesIn, membersOf } from './classes.ts'
import type { Class, Member } from './classes.ts'
import { objectType } from './schema.ts'
import type { Attribute, Block, NestedBlock, Type } from './schema.ts'

/** Providers of the plugin framework have nested attributes where those of the older SDK have blocks. */
export type Framework = 'plugin' | 'sdk'

const roots = ['TerraformResource', 'TerraformDataSource']

/** Reads the schema of a resource or a data source out of the code generated from it. */
export function recover(source: string, framework: Framework): Block | null {
  const classes = classesIn(source)
  const root = [...classes.values()].find(({ base }) => roots.includes(base))
  return root ? new Recovery(classes, framework).block(root) : null
}

type Part = { readonly attribute?: Attribute; readonly block?: NestedBlock }
type Nested = { readonly nesting: NestedBlock['nesting']; readonly max: number; readonly block: Block }

class Recovery {
  readonly #classes: ReadonlyMap<string, Class>
  readonly #framework: Framework

  constructor(classes: ReadonlyMap<string, Class>, framework: Framework) {
    this.#classes = classes
    this.#framework = framework
  }

  block(kind: Class): Block {
    const parts = membersOf(kind).map((member) => this.#part(member))
    return {
      attributes: parts.flatMap(({ attribute }) => attribute ?? []),
      blocks: parts.flatMap(({ block }) => block ?? []),
    }
  }

  #part({ text, ...member }: Member): Part {
    const nested = this.#nested(text)
    const flags = { ...member, sensitive: false }
    if (!nested) return { attribute: { ...flags, type: simpleType(text, member.name) } }
    const { nesting, max, block } = nested
    if (this.#framework === 'plugin')
      return { attribute: { ...flags, nested: { nesting, attributes: block.attributes } } }
    if (member.name === 'timeouts') return { block: { name: member.name, nesting: 'SINGLE', min: 0, max: 0, block } }
    if (member.computed && !member.optional) {
      return { attribute: { ...flags, type: objectType(nesting, block.attributes) } }
    }
    return { block: { name: member.name, nesting, min: member.required ? 1 : 0, max, block } }
  }

  /** What a member made of other classes is; null for a simple one. */
  #nested(text: string): Nested | null {
    const [, name = '', isSet] = /new (\w+)\(this, "\w+"(?:, (true|false))?\)/.exec(text) ?? []
    const kind = this.#classes.get(name)
    if (!kind) return null
    if (kind.base === 'ComplexMap') return { nesting: 'MAP', max: 0, block: this.#element(name, 'Map') }
    if (kind.base === 'ComplexObject') return { ...single(kind), block: this.block(kind) }
    return { nesting: isSet === 'true' ? 'SET' : 'LIST', max: 0, block: this.#element(name, 'List') }
  }

  #element(name: string, end: string): Block {
    const element = this.#classes.get(`${name.slice(0, -end.length)}OutputReference`)
    return element ? this.block(element) : { attributes: [], blocks: [] }
  }
}

/** One object; or a list or set of at most one, which its constructor tells. */
function single({ body }: Class): Omit<Nested, 'block'> {
  const [, isSet] = /super\(terraformResource, terraformAttribute, (true|false), 0\)/.exec(body) ?? []
  if (isSet === undefined) return { nesting: 'SINGLE', max: 0 }
  return { nesting: isSet === 'true' ? 'SET' : 'LIST', max: 1 }
}

function simpleType(text: string, name: string): Type {
  const [, getter = ''] = new RegExp(`this\\.get(\\w+)Attribute\\('${name}'\\)`).exec(text) ?? []
  // Sets are turned into lists where code wants to index them.
  const many = text.includes('cdktf.Fn.tolist(') ? 'set' : 'list'
  const types: { readonly [getter: string]: Type } = {
    String: 'string',
    Number: 'number',
    Boolean: 'bool',
    List: [many, 'string'],
    NumberList: [many, 'number'],
    StringMap: ['map', 'string'],
    NumberMap: ['map', 'number'],
    BooleanMap: ['map', 'bool'],
  }
  return types[getter] ?? 'dynamic'
}
