import { ApiError } from '../envelope.ts'

export function noDatabase(name: string): ApiError {
  return new ApiError(404, { code: 7404, message: `The database ${name} could not be found` })
}

export function nameTaken(): ApiError {
  return new ApiError(400, { code: 7502, message: 'A database with that name already exists' })
}

/** What the API says of a body or a parameter that it cannot use. */
export function invalid(detail: string): ApiError {
  const [path = 'body', ...message] = detail.split(': ')
  return new ApiError(400, { code: 7400, message: `Invalid property: ${path} => ${worded(message.join(': '))}` })
}

export function notUuid(): ApiError {
  return new ApiError(400, { code: 7400, message: 'Invalid property: databaseId => Invalid uuid' })
}

/** SQLite's own words, or the engine's. */
export function failed(message: string): ApiError {
  return new ApiError(400, { code: 7500, message })
}

/** A token whose only group is D1 Read may ask, but not change. */
export function mayOnlyRead(): ApiError {
  return new ApiError(403, { code: 10_000, message: 'Authentication error' })
}

function worded(message: string): string {
  const [, expected, received] = /expected (\w+), received (\w+)/.exec(message) ?? []
  if (received === undefined) return message
  return received === 'undefined' ? 'Required' : `Expected ${expected}, received ${received}`
}
