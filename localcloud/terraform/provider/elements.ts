import { Unknown, objectIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Nesting } from '../schema/schema.ts'

/** Where an element is in what holds it; null is the one object itself. */
type Key = string | number | null

/** Makes something of each object that a nested value holds. What holds nothing, or is not known, stays. */
export function eachElement(nesting: Nesting, value: unknown, make: (element: Values, key: Key) => Values): unknown {
  if (value === null || value === undefined || value instanceof Unknown) return value
  if (Array.isArray(value)) {
    return value.map((element: unknown, key) => {
      const object = objectIn(element)
      return object ? make(object, key) : element
    })
  }
  const object = objectIn(value)
  if (!object) return value
  if (nesting === 'SINGLE') return make(object, null)
  const entries = Object.entries(object).map(([key, element]) => [key, objectIn(element), element] as const)
  return Object.fromEntries(entries.map(([key, known, element]) => [key, known ? make(known, key) : element]))
}

/** The object that another value holds at the same place. */
export function elementAt(value: unknown, key: Key): Values | null {
  if (key === null) return objectIn(value)
  if (typeof key === 'number') return Array.isArray(value) ? objectIn(value[key]) : null
  return objectIn(objectIn(value)?.[key])
}
