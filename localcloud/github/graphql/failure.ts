import type { Problem } from '../platform/problem.ts'

/** What a query can cause: an entry of `errors`, beside whatever else the query found. */
export class Failure extends Error {
  override readonly name = 'Failure'
  /** GitHub's own word for the kind, such as `NOT_FOUND`. */
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

/** Nothing has this name, or it may not be seen. */
export function unresolved(what: string): Failure {
  return new Failure('NOT_FOUND', `Could not resolve to ${what}.`)
}

export function unresolvedId(id: string): Failure {
  return new Failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
}

export function unprocessable(message: string): Failure {
  return new Failure('UNPROCESSABLE', message)
}

/** What the rules that REST shares have refused, as GraphQL says it. */
export function failureFrom(problem: Problem): Failure {
  return new Failure(types[problem.status] ?? 'UNPROCESSABLE', sentenceOf(problem))
}

const types: Record<number, string> = { 401: 'FORBIDDEN', 403: 'FORBIDDEN', 404: 'NOT_FOUND' }

/** A validation names its fields in a list; here they become one sentence. */
function sentenceOf(problem: Problem): string {
  const { errors } = problem.body()
  if (!Array.isArray(errors)) return problem.message
  const texts = errors.map((error: unknown) => (isFieldError(error) ? sentence(error) : String(error)))
  return texts.length > 0 ? texts.join(', ') : problem.message
}

type FieldError = { readonly message?: string; readonly field?: string; readonly code?: string }

function isFieldError(error: unknown): error is FieldError {
  return typeof error === 'object' && error !== null
}

function sentence({ message, field = '', code = '' }: FieldError): string {
  if (message !== undefined) return message
  const name = field.charAt(0).toUpperCase() + field.slice(1)
  return `${name} ${faults[code] ?? 'is invalid'}`.trim()
}

const faults: Record<string, string> = {
  missing_field: "can't be blank",
  missing: 'does not exist',
  already_exists: 'has already been taken',
}
