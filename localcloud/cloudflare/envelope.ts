/** One entry of an envelope's `errors`. */
export type Reason = {
  readonly code: number
  readonly message: string
  readonly documentation_url?: string
  readonly source?: { readonly pointer: string }
  readonly error_chain?: readonly Reason[]
}

/** A refusal in Cloudflare's own words: throw it anywhere below a route. Codes belong to a product, not to the whole API. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reasons: readonly Reason[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, reason: Reason | readonly Reason[], headers: Readonly<Record<string, string>> = {}) {
    const reasons = 'code' in reason ? [reason] : reason
    super(reasons.map(({ code, message }) => `${message} [code: ${code}]`).join(' '))
    this.status = status
    this.reasons = reasons
    this.headers = headers
  }
}

/** What a reply may hold besides its result. */
export type Extras = {
  readonly status?: number
  readonly info?: object
  readonly messages?: readonly Reason[]
}

/** Cloudflare's envelope around a result. `info` becomes `result_info`. */
export function ok(result: unknown, { status = 200, info, messages = [] }: Extras = {}): Response {
  const body = { success: true, errors: [], messages, result, ...(info ? { result_info: info } : {}) }
  return Response.json(body, { status })
}

/** Cloudflare's envelope around a refusal. */
export function refused({ status, reasons, headers }: ApiError): Response {
  return Response.json({ success: false, errors: reasons, messages: [], result: null }, { status, headers })
}

/** The path is none of this API's: the answer of every unknown route and malformed identifier. */
export function noSuchRoute(path: string): ApiError {
  const message = `Could not route to ${path}, perhaps your object identifier is invalid?`
  return new ApiError(404, [
    { code: 7003, message },
    { code: 7000, message: 'No route for that URI' },
  ])
}
