import { Secrets, isSecretName } from '../../worker/platform/redact.ts'

/** The values of input variables that the environment and the arguments give, by name. */
export function variableValues(env: NodeJS.ProcessEnv, words: readonly string[]): [name: string, value: string][] {
  const given = Object.entries(env).flatMap(([name, value = '']): [string, string][] =>
    name.startsWith('TF_VAR_') ? [[name.slice('TF_VAR_'.length), value]] : [],
  )
  const typed = words.flatMap((word, index): [string, string][] => {
    const assignment = /^--?var$/.test(words[index - 1] ?? '') ? word : /^--?var=([\s\S]*)$/.exec(word)?.[1]
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(assignment ?? '') ?? []
    return name !== undefined && value !== undefined ? [[name, value]] : []
  })
  return [...given, ...typed]
}

/** What is known to be secret before terraform runs: by its name, by its declaration, or because it is a key of ours. */
export function knownSecrets(
  env: NodeJS.ProcessEnv,
  variables: readonly (readonly [string, string])[],
  sensitive: ReadonlySet<string>,
): Secrets {
  const secrets = new Secrets()
  for (const [name, value = ''] of Object.entries(env)) {
    if (isSecretName(name) || name.startsWith('TF_TOKEN_')) secrets.addNamed(value)
  }
  for (const [name, value] of variables) {
    if (sensitive.has(name)) addValue(secrets, value)
    else if (isSecretName(name)) secrets.addNamed(value)
  }
  return secrets
}

/** Adds the value of a variable, and the texts in it when it is a list or an object. A heredoc may lose its indentation. */
export function addValue(secrets: Secrets, value: string): void {
  for (const form of [value, value.trim(), value.replaceAll(/^[ \t]+/gm, '').trim()]) secrets.add(form)
  if (!/^\s*[[{]/.test(value)) return
  for (const [, text = ''] of value.matchAll(/"((?:[^"\\]|\\.)*)"/g)) secrets.add(text)
}
