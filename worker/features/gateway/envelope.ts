import { toProblem } from '../../platform/problem.ts'
import type { ProblemKind } from '../../platform/problem.ts'

/** One entry of an envelope's `errors`. */
export type Reason = {
  readonly code: number
  readonly message: string
  readonly documentation_url?: string
  readonly error_chain?: readonly Reason[]
}

/** A refusal in Cloudflare's own words, so that stock clients explain it: throw it anywhere below the gateway. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly reason: Reason
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, reason: Reason, headers: Readonly<Record<string, string>> = {}) {
    super(reason.message)
    this.status = status
    this.reason = reason
    this.headers = headers
  }
}

/** Cloudflare's envelope around a result. `info` becomes `result_info`. */
export function ok(result: unknown, info?: object): Response {
  return Response.json({ success: true, errors: [], messages: [], result, ...(info && { result_info: info }) })
}

const codes: Partial<Record<ProblemKind, number>> = {
  unauthenticated: 10_000,
  forbidden: 10_000,
  'not-found': 7003,
  'too-many-requests': 971,
  internal: 10_002,
}

/** Any failure, in Cloudflare's envelope. @param path tells a question about a token, whose answer has a code of its own */
export function envelopeOf(error: unknown, path: string): Response {
  if (error instanceof Refused) return enveloped(error.status, error.reason, error.headers)
  const { kind, status, message, details } = toProblem(error)
  if (kind === 'unauthenticated' && path.endsWith('/tokens/verify'))
    return enveloped(status, { code: 1000, message: 'Invalid API Token', error_chain: [{ code: 1000, message }] })
  const isDenial = kind === 'unauthenticated' || kind === 'forbidden'
  const code = codes[kind] ?? 10_002
  const reason = isDenial
    ? { code, message: 'Authentication error', error_chain: [{ code, message }] }
    : { code, message }
  return enveloped(status, reason, details.headers)
}

function enveloped(status: number, reason: Reason, headers: Readonly<Record<string, string>> = {}): Response {
  const body = { success: false, errors: [reason], messages: [], result: null }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}
