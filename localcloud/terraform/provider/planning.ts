import type { Path } from '../protocol/messages.ts'
import { isSame, unknownValue } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Attribute, Block } from '../schema/schema.ts'
import { eachElement, elementAt } from './elements.ts'

/** What Terraform knows when it asks for a plan. `prior` is null when the thing is new. */
export type Wish = { readonly prior: Values | null; readonly proposed: Values; readonly config: Values | null }
export type Plan = { readonly planned: Values; readonly replaced: readonly Path[] }

/** What a provider plans: what is left open is unknown for something new, and stays as it was otherwise. */
export function plan(block: Block, wish: Wish): Plan {
  const planned = planBlock(block, wish)
  const { prior } = wish
  if (prior === null || isSame(prior, planned)) return { planned, replaced: [] }
  const replaced = block.attributes
    .filter(({ name, replaces }) => replaces === true && !isSame(prior[name], planned[name]))
    .map(({ name }) => [name])
  const isChanged = (name: string) => !isSame(prior[name], planned[name])
  const changing = block.attributes.filter(
    ({ name, changesWith: cause }) => cause !== undefined && !isChanged(name) && (cause === '*' || isChanged(cause)),
  )
  return { planned: { ...planned, ...Object.fromEntries(changing.map(({ name }) => [name, unknownValue])) }, replaced }
}

function planBlock({ attributes, blocks }: Block, { prior, proposed, config }: Wish): Values {
  const inside = (nested: Block, name: string) => (element: Values, key: string | number | null) =>
    planBlock(nested, {
      prior: elementAt(prior?.[name], key),
      proposed: element,
      config: elementAt(config?.[name], key) ?? element,
    })
  const known = attributes.map((attribute) => {
    const { name, nested } = attribute
    const value = valueOf(attribute, { prior, proposed, config })
    if (!nested) return [name, value]
    return [name, eachElement(nested.nesting, value, inside({ attributes: nested.attributes, blocks: [] }, name))]
  })
  const below = blocks.map(({ name, nesting, block }) => [
    name,
    eachElement(nesting, proposed[name], inside(block, name)),
  ])
  return Object.fromEntries([...known, ...below])
}

function valueOf(attribute: Attribute, { prior, proposed, config }: Wish): unknown {
  const { name, computed } = attribute
  if (attribute.default !== undefined && (config?.[name] ?? null) === null) return attribute.default
  const value = proposed[name] ?? null
  if (value !== null || !computed) return value
  // Terraform proposes nothing for an object that holds what could be configured; the provider keeps it.
  return prior === null ? unknownValue : (prior[name] ?? null)
}
