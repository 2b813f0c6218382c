/** `_headers` as the asset Worker reads it. */
export type HeaderRules = {
  readonly version: 2
  readonly rules: Record<string, { set?: Record<string, string>; unset?: string[] }>
}

/** `_redirects` as the asset Worker reads it: exact paths first, then those with placeholders. */
export type RedirectRules = {
  readonly version: 1
  readonly staticRules: Record<string, { status: number; to: string; lineNumber: number }>
  readonly rules: Record<string, { status: number; to: string }>
}

/** A path on a line of its own, and below it, indented, `Name: value` to set and `! Name` to unset. */
export function parseHeaders(text: string): HeaderRules {
  const rules: HeaderRules['rules'] = {}
  let rule: HeaderRules['rules'][string] = {}
  for (const { text: line } of meaningful(text)) {
    const [, unset] = /^\s*!\s*(\S+)$/.exec(line) ?? []
    const [, name, value = ''] = /^\s+([^:\s]+):\s*(.*)$/.exec(line) ?? []
    if (unset !== undefined) (rule.unset ??= []).push(unset)
    else if (name !== undefined) rule.set = { ...rule.set, [name.toLowerCase()]: value }
    else rule = rules[line.trim()] ??= {}
  }
  return { version: 2, rules }
}

/** `from to [status]` on each line. */
export function parseRedirects(text: string): RedirectRules {
  const staticRules: RedirectRules['staticRules'] = {}
  const rules: RedirectRules['rules'] = {}
  for (const { text: line, number } of meaningful(text)) {
    const [from = '', to = '', code = '302'] = line.trim().split(/\s+/)
    const status = Number(code)
    if (from === '' || to === '' || ![200, 301, 302, 303, 307, 308].includes(status)) continue
    if (/[*]|\/:[A-Za-z]/.test(from)) rules[from] = { status, to }
    else staticRules[from] ??= { status, to, lineNumber: number }
  }
  return { version: 1, staticRules, rules }
}

function meaningful(text: string): { text: string; number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ text: line.trimEnd(), number: index + 1 }))
    .filter((line) => line.text.trim() !== '' && !line.text.trim().startsWith('#'))
}
