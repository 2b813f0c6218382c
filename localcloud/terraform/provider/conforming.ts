import { Unknown, objectIn, textIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import { nestedType, typeOf } from '../schema/schema.ts'
import type { Block, Type } from '../schema/schema.ts'

/** Brings what an API or a person gave into the form of a type; null where it cannot be. */
export function conform(type: Type, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Unknown) return value
  if (typeof type === 'string') return simple[type]?.(value) ?? null
  if (type[0] === 'object') {
    const object = objectIn(value)
    return (
      object && Object.fromEntries(Object.entries(type[1]).map(([name, each]) => [name, conform(each, object[name])]))
    )
  }
  return collection(type[0], type[1], value)
}

const simple: { readonly [type: string]: (value: unknown) => unknown } = {
  string: textIn,
  number: (value) => (Number.isFinite(Number(value)) ? Number(value) : null),
  bool: (value) => (typeof value === 'boolean' ? value : ['true', '1'].includes(String(value))),
}

function collection(kind: 'list' | 'set' | 'map', element: Type, value: unknown): unknown {
  if (kind === 'map') {
    const object = objectIn(value)
    return object && Object.fromEntries(Object.entries(object).map(([key, each]) => [key, conform(element, each)]))
  }
  return Array.isArray(value) ? value.map((each: unknown) => conform(element, each)) : null
}

/** An object with every name of a schema: attributes without a value are null, repeated blocks without one empty. */
export function complete({ attributes, blocks }: Block, given: Values): Values {
  return {
    ...Object.fromEntries(attributes.map((each) => [each.name, conform(typeOf(each), given[each.name])])),
    ...Object.fromEntries(
      blocks.map(({ name, nesting, block }) => {
        const value = conform(nestedType(nesting, block), given[name])
        return [name, value ?? (nesting === 'SINGLE' ? null : [])]
      }),
    ),
  }
}
