import { nestings, typeOf } from '../schema/schema.ts'
import type { Attribute, Block } from '../schema/schema.ts'

/** A place in a resource: names of attributes, keys of maps, positions in lists. */
export type Path = readonly (string | number)[]

export type Diagnostic = {
  readonly severity: keyof typeof severities
  readonly summary: string
  readonly detail: string
  readonly path?: Path
}

const severities = { error: 1, warning: 2 }

export function diagnosticMessage({ severity, summary, detail, path = [] }: Diagnostic): object {
  const attribute = path.length > 0 ? { attribute: pathMessage(path) } : {}
  return { severity: severities[severity], summary, detail, ...attribute }
}

export function pathMessage(path: Path): object {
  return {
    steps: path.map((step) => (typeof step === 'string' ? { attribute_name: step } : { element_key_int: step })),
  }
}

export function schemaMessage(block: Block): object {
  return { version: 0, block: blockMessage(block) }
}

function blockMessage({ attributes, blocks }: Block): object {
  return {
    attributes: attributes.map(attributeMessage),
    block_types: blocks.map(({ name, nesting, min, max, block }) => ({
      type_name: name,
      nesting: numberOf(nesting),
      min_items: min,
      max_items: max,
      block: blockMessage(block),
    })),
  }
}

function attributeMessage(attribute: Attribute): object {
  const { name, required, optional, computed, sensitive, nested } = attribute
  const type = nested
    ? { nested_type: { nesting: numberOf(nested.nesting), attributes: nested.attributes.map(attributeMessage) } }
    : { type: Buffer.from(JSON.stringify(typeOf(attribute))) }
  return { name, required, optional, computed, sensitive, ...type }
}

function numberOf(nesting: (typeof nestings)[number]): number {
  return nestings.indexOf(nesting) + 1
}
