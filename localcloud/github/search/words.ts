/** `name:value` in a search; with a minus in front it excludes. */
export type Qualifier = { readonly name: string; readonly value: string; readonly isNot: boolean }

/** What somebody searches for, as they wrote it: words to be found, and qualifiers. */
export type Words = { readonly texts: readonly string[]; readonly qualifiers: readonly Qualifier[] }

const part = /(?<not>-?)(?:(?<name>[a-z][a-z-]*):)?(?:"(?<quoted>[^"]*)"|(?<plain>[^\s"]+))/gi

/** Takes a search apart. A name that is no qualifier belongs to its word. */
export function readWords(search: string, known: (name: string) => boolean): Words {
  const texts: string[] = []
  const qualifiers: Qualifier[] = []
  for (const { 0: whole, groups = {} } of search.matchAll(part)) {
    const { not, name, quoted, plain = '' } = groups
    const value = quoted ?? plain
    if (name === undefined) texts.push(value)
    else if (known(name.toLowerCase())) qualifiers.push({ name: name.toLowerCase(), value, isNot: not === '-' })
    else texts.push(whole)
  }
  return { texts, qualifiers }
}
