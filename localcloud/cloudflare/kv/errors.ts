import { ApiError } from '../envelope.ts'

/** What an operation is called at the front of its errors. */
export type Verb = string

/** What the storage refuses, by the words it uses, and the code that the API gives to it. */
const codes: readonly [pattern: RegExp, code: number][] = [
  [/expiration_ttl/, 10_034],
  [/expiration/, 10_033],
  [/key length/, 10_030],
  [/[Kk]ey name/, 10_030],
  [/limit of \d+MB|Value length/, 10_024],
  [/Metadata length/, 10_147],
  [/key_count_limit/, 10_028],
]

/** A refusal of the storage in the API's form: `put: 'Invalid expiration …'`. Anything else is thrown on. */
export function refusalOf(verb: Verb, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const [, status, detail] = /^KV [A-Z]+ failed: (\d{3}) (.*)$/.exec(error.message) ?? []
  const text = detail ?? (error instanceof TypeError && /key name/i.test(error.message) ? error.message : null)
  if (text === null) return error
  const code = codes.find(([pattern]) => pattern.test(text))?.[1]
  if (code === undefined) return error
  return new ApiError(Number(status ?? 400), { code, message: `${verb}: '${text}'` })
}

export function noNamespace(verb: Verb): ApiError {
  return new ApiError(404, { code: 10_013, message: `${verb}: 'namespace not found'` })
}

export function noKey(verb: Verb): ApiError {
  return new ApiError(404, { code: 10_009, message: `${verb}: 'key not found'` })
}

export function notAnId(id: string): ApiError {
  const detail =
    id.length === 32 ? `uuid: incorrect UUID format in string "${id}"` : `uuid: incorrect UUID length: ${id}`
  return new ApiError(400, { code: 10_011, message: `could not parse UUID from request's namespace_id: '${detail}'` })
}

export function titleTaken(verb: Verb): ApiError {
  const message = `${verb}: 'a namespace with this account ID and title already exists'`
  return new ApiError(400, { code: 10_014, message })
}

export function titleMissing(verb: Verb): ApiError {
  return new ApiError(400, { code: 10_019, message: `${verb}: 'namespace title is required'` })
}

export function inUse(verb: Verb, scripts: readonly string[]): ApiError {
  const message = `${verb}: 'namespace has associated scripts: ${scripts.join(', ')}'`
  return new ApiError(400, { code: 10_052, message })
}

export function badBody(detail: string): ApiError {
  return new ApiError(400, { code: 10_012, message: `could not parse request body: ${detail}` })
}

export function badMetadata(): ApiError {
  return new ApiError(400, { code: 10_147, message: 'metadata must be valid json' })
}

export function tooMany(verb: Verb, most: number): ApiError {
  return new ApiError(400, { code: 10_029, message: `${verb}: 'the number of keys must be between 1 and ${most}'` })
}

export function tooLarge(verb: Verb, most: number): ApiError {
  return new ApiError(413, { code: 10_024, message: `${verb}: 'request body exceeds the limit of ${most} bytes'` })
}

export function badLimit(verb: Verb, limit: string): ApiError {
  const message = `${verb}: 'Invalid key_count_limit of ${limit}. Please specify an integer between 10 and 1000.'`
  return new ApiError(400, { code: 10_028, message })
}

export function tooManyNamespaces(verb: Verb): ApiError {
  return new ApiError(403, { code: 10_018, message: `${verb}: 'maximum number of namespaces reached for account'` })
}
