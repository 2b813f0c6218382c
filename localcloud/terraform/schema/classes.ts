/** A class of generated code: what it extends, and its text. */
export type Class = { readonly base: string; readonly body: string }

/** A member of generated code, with the comment in front of it. */
export type Member = {
  readonly name: string
  readonly computed: boolean
  readonly optional: boolean
  readonly required: boolean
  readonly text: string
}

const head = /export class (\w+) extends cdktf\.(\w+)[^{]*\{/g
const mark = /\/\/ (\w+) - computed: (true|false), optional: (true|false), required: (true|false)/g

export function classesIn(source: string): ReadonlyMap<string, Class> {
  const found = [...source.matchAll(head)]
  return new Map(
    found.map(([, name = '', base = ''], at) => [
      name,
      { base, body: source.slice(found[at]?.index, found[at + 1]?.index) },
    ]),
  )
}

/** The members of a class in the order of the schema. A comment may say computed and required: required it is. */
export function membersOf({ body }: Class): Member[] {
  const found = [...body.matchAll(mark)]
  const end = body.indexOf('// =========', found.at(-1)?.index)
  return found.map(([, name = '', computed, optional, required], at) => ({
    name,
    computed: computed === 'true' && required !== 'true',
    optional: optional === 'true',
    required: required === 'true',
    text: body.slice(found[at]?.index, found[at + 1]?.index ?? (end < 0 ? undefined : end)),
  }))
}
