import { Unknown, isSame } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import { nestedType, typeOf } from '../schema/schema.ts'
import type { Attribute, Block } from '../schema/schema.ts'
import { conform } from './conforming.ts'
import { eachElement, elementAt } from './elements.ts'

/** Invents a value for what no API tells. */
export type Invent = (attribute: Attribute) => unknown

/** What became of a plan: what was known stays, what was not is as the API says. */
export function settle(block: Block, planned: Values, said: Values, invent: Invent): Values {
  const inside = (nested: Block, name: string) => (element: Values, key: string | number | null) =>
    settle(nested, element, elementAt(said[name], key) ?? {}, invent)
  return {
    ...planned,
    ...Object.fromEntries(
      block.attributes.map((attribute) => {
        const { name, nested } = attribute
        const value = planned[name]
        if (value instanceof Unknown) return [name, told(attribute, said, invent)]
        if (!nested) return [name, value]
        return [name, eachElement(nested.nesting, value, inside({ attributes: nested.attributes, blocks: [] }, name))]
      }),
    ),
    ...Object.fromEntries(
      block.blocks.map(({ name, nesting, block: nested }) => [
        name,
        eachElement(nesting, planned[name], inside(nested, name)),
      ]),
    ),
  }
}

function told(attribute: Attribute, said: Values, invent: Invent): unknown {
  const value = said[attribute.name]
  return value === undefined ? invent(attribute) : conform(typeOf(attribute), value)
}

/** What a state becomes when the API is asked again. What the configuration left out stays out, unless it is computed. */
export function refresh(block: Block, prior: Values, said: Values): Values {
  const attributes = block.attributes.map((attribute) => [attribute.name, refreshed(attribute, prior, said)])
  const blocks = block.blocks.map(({ name, nesting, block: nested }) => {
    const before = prior[name]
    const isEmpty = before === null || (Array.isArray(before) && before.length === 0)
    if (isEmpty || said[name] === undefined) return [name, before]
    if (said[name] === null) return [name, nesting === 'SINGLE' ? null : []]
    const now = conform(nestedType(nesting, nested), said[name])
    return [name, eachElement(nesting, now, (element, key) => refreshElement(nested, before, key, element, said[name]))]
  })
  return { ...prior, ...Object.fromEntries([...attributes, ...blocks]) }
}

function refreshed(attribute: Attribute, prior: Values, said: Values): unknown {
  const { name, nested, computed } = attribute
  const before = prior[name] ?? null
  if (said[name] === undefined || (before === null && !computed)) return before
  const now = conform(typeOf(attribute), said[name])
  if (before === null) return now
  if (!nested) return isSame(before, now) || isSameJson(before, now) ? before : now
  const block = { attributes: nested.attributes, blocks: [] }
  return eachElement(nested.nesting, now, (element, key) => refreshElement(block, before, key, element, said[name]))
}

/** An element that was there before keeps what nobody tells of it; another one is as the API says. */
function refreshElement(
  block: Block,
  before: unknown,
  key: string | number | null,
  element: Values,
  said: unknown,
): Values {
  const prior = elementAt(before, key)
  return prior ? refresh(block, prior, elementAt(said, key) ?? element) : element
}

/** Texts that hold JSON say the same however they are written. */
function isSameJson(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string' || !/^[[{]/.test(one)) return false
  try {
    return isSame(JSON.parse(one), JSON.parse(other))
  } catch {
    return false
  }
}

/** What an import knows at once: all that is wanted or computed, and what is not as if it were never said. */
export function adopt(block: Block, said: Values): Values {
  const attributes = block.attributes.filter((attribute) => {
    const value = said[attribute.name]
    return attribute.required || attribute.computed || !isNothing(value)
  })
  const blocks = block.blocks.filter(({ name }) => !isNothing(said[name]))
  return Object.fromEntries([
    ...attributes.map((attribute) => [attribute.name, said[attribute.name] ?? attribute.default]),
    ...blocks.map(({ name }) => [name, said[name]]),
  ])
}

function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  )
}
