/** A JSON object's or array's members by name, and some of them by a name whose case does not count: Cloudflare's servers may ignore it. */
function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** What stands under a name, however its letters are written; more than once when they differ only in that. */
export function entriesOf(value: unknown, name: string): unknown[] {
  if (!isContainer(value) || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => (key.toLowerCase() === name ? [inner] : []))
}

/** The names of an object's members, in small letters. */
export function namesOf(value: unknown): string[] {
  return isContainer(value) && !Array.isArray(value) ? Object.keys(value).map((name) => name.toLowerCase()) : []
}

/** The texts under a name. What is neither text nor null stands for a text that nothing covers but `*`. */
export function textsAt(value: unknown, name: string): string[] {
  return entriesOf(value, name)
    .filter((inner) => inner !== null && inner !== undefined && inner !== '')
    .map((inner) => (typeof inner === 'string' ? inner : `(no text at ${name})`))
}

/** The elements of an array, or the values of an object. */
export function elementsOf(value: unknown): unknown[] {
  return isContainer(value) ? Object.values(value) : []
}

/** Every text inside a value. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return elementsOf(value).flatMap(textsIn)
}

/** Every object inside a value, itself among them. */
export function objectsIn(value: unknown): unknown[] {
  return isContainer(value) ? [value, ...elementsOf(value).flatMap(objectsIn)] : []
}
