import type { Diagnostic, Path } from '../protocol/messages.ts'
import { objectIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Attribute, Block } from '../schema/schema.ts'

/** What a provider says of values that its schema lists and the configuration does not take from the list. */
export function validate({ attributes, blocks }: Block, config: Values, above: Path = []): Diagnostic[] {
  return [
    ...attributes.flatMap((attribute) => {
      const { name, nested } = attribute
      const path = [...above, name]
      if (!nested) return mistaken(attribute, config[name], path)
      return inside({ attributes: nested.attributes, blocks: [] }, config[name], path)
    }),
    ...blocks.flatMap(({ name, block }) => inside(block, config[name], [...above, name])),
  ]
}

function inside(block: Block, value: unknown, path: Path): Diagnostic[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, at) => inside(block, each, [...path, at]))
  const object = objectIn(value)
  return object ? validate(block, object, path) : []
}

function mistaken({ allowed }: Attribute, value: unknown, path: Path): Diagnostic[] {
  if (!allowed || typeof value !== 'string') return []
  if (allowed.some((each) => each.toLowerCase() === value.toLowerCase())) return []
  const list = allowed.map((each) => `"${each}"`).join(' ')
  const detail = `Attribute ${path.join('.')} value must be one of: [${list}], got: "${value}"`
  return [{ severity: 'error', summary: 'Invalid Attribute Value Match', detail, path }]
}
