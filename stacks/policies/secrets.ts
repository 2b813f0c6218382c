import { isSecretName, redactText } from '../../worker/platform/redact.ts'
import { documentOf, policy } from './policy.ts'

/** Attributes that hold a secret although their name does not say so. */
const holders = /^(?:plaintext_value|encrypted_value|secure_environment_variables)$/

/** A secret is a sensitive variable. What is written here lands in the repository, in the plan and in the state. */
export const noSecretLiteral = policy(function* (node) {
  const document = documentOf(node)
  if (document === null) return
  for (const path of literals(document, [], false)) {
    yield `${path.slice(2).join('.')} holds a secret as it is written; use this.secret('name', 'what it is'), and set TF_VAR_name.`
  }
})

/** Where a secret stands that is not a reference. */
function* literals(value: unknown, path: readonly string[], isSecret: boolean): Generator<readonly string[]> {
  if (typeof value === 'string' && isSecretLiteral(value, isSecret)) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value))
    yield* literals(each, [...path, key], isSecret || isHolder(key, each) || (key === 'default' && isSensitive(value)))
}

function isSecretLiteral(text: string, isSecret: boolean): boolean {
  return isLiteral(text) && (isSecret || redactText(text) !== text)
}

function isSensitive(variable: object): boolean {
  return 'sensitive' in variable && variable.sensitive === true
}

/** Whether a member's name says that what it holds directly is secret. */
function isHolder(key: string, value: unknown): boolean {
  return holders.test(key) || (isSecretName(key) && (typeof value === 'string' || Array.isArray(value)))
}

/** Whether a text refers to nothing: `$${` is only text. */
function isLiteral(text: string): boolean {
  return text !== '' && !/(?:^|[^$])(?:\$\$)*\$\{/.test(text)
}
