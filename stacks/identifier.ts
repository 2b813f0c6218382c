/** The Terraform identifier of something with a name: `priority:high` → `priority-high`. */
export function identifier(...names: readonly string[]): string {
  return names.map(one).join('-')
}

function one(name: string): string {
  return name
    .replace(/[^\p{ASCII}]/gu, (letter) => `u${letter.codePointAt(0)?.toString(16)}`)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
}
