import type { z } from 'zod'
import { redactText } from '../../worker/platform/redact.ts'
import { suggestion } from './section.ts'

/** What is told of a fault that a schema has no words of its own for. */
export function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'is missing.' : undefined
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join(' ')
  if (issue.code !== 'invalid_value') return undefined
  const words = issue.values.map(String)
  const meant = typeof issue.input === 'string' ? suggestion(issue.input, words) : `; there is ${words.join(', ')}.`
  return `there is no ${JSON.stringify(issue.input)}${meant}`
}

type Place = readonly (string | number)[]

/** Every text that looks like a secret, told without it. */
export function* secretsIn(value: unknown, path: Place): Generator<{ path: Place; message: string }> {
  if (typeof value === 'string' && redactText(value) !== value) {
    const remedy = 'name it in secrets of the repository, and set its value as TF_VAR_ and the name in lower case.'
    yield { path, message: `looks like a secret, which everybody could read here; ${remedy}` }
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value))
    yield* secretsIn(each, [...path, Array.isArray(value) ? Number(key) : key])
}
