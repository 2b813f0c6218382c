import { Secrets, isSecretName } from '../../worker/platform/redact.ts'
import type { Given } from './variables.ts'

/** What is known to be secret before terraform runs: by its name, by its declaration, or because it is a key of ours. */
export function knownSecrets(
  env: NodeJS.ProcessEnv,
  variables: readonly Given[],
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
