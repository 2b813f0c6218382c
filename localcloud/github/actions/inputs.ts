import { unprocessable } from '../platform/problem.ts'
import type { Input } from './workflow-file.ts'

/** The inputs with their defaults, each of the kind that the file wants; GitHub knows them all as text. */
export function inputsFor(
  inputs: readonly Input[],
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !inputs.some((input) => input.name === name))
  if (unknown.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unknown)}`)
  const filled = inputs.flatMap((input) => {
    const { name, required, fallback } = input
    const value = Object.hasOwn(given, name) ? textFor(input, given[name]) : fallback
    if (value === null && required) throw unprocessable(`Required input '${name}' not provided`)
    return value === null ? [] : [[name, value] as const]
  })
  return Object.fromEntries(filled)
}

function textFor(input: Input, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw invalid(input)
  const text = String(value)
  if (allowedFor(input)?.includes(text) === false)
    throw unprocessable(`Provided value '${text}' for input '${input.name}' not in the list of allowed values`)
  if (input.type === 'number' && !isNumber(text)) throw invalid(input)
  return text
}

function allowedFor({ type, options }: Input): readonly string[] | null {
  if (type === 'boolean') return ['true', 'false']
  return type === 'choice' ? options : null
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

function invalid({ name }: Input): Error {
  return unprocessable(`Invalid value for input '${name}'`)
}
