import { HTTPException } from 'hono/http-exception'

/** Every failure a caller can see. The key ends the problem's `type` URI, so renaming one breaks clients. */
const catalogue = {
  'invalid-request': { status: 400, title: 'The request is not valid.' },
  unauthenticated: { status: 401, title: 'Authentication is required.' },
  forbidden: { status: 403, title: 'Access is denied.' },
  'not-found': { status: 404, title: 'There is no such resource.' },
  'method-not-allowed': { status: 405, title: 'The resource does not know this method.' },
  timeout: { status: 408, title: 'The request took too long to arrive.' },
  conflict: { status: 409, title: 'The resource is in the wrong state for this.' },
  'too-large': { status: 413, title: 'The request is too large.' },
  locked: { status: 423, title: 'The resource is locked by someone else.' },
  'too-many-requests': { status: 429, title: 'Too many requests.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
  upstream: { status: 502, title: 'Cloudflare or GitHub did not do what was asked.' },
  unavailable: { status: 503, title: 'The service is not ready.' },
} as const

export type ProblemKind = keyof typeof catalogue

/** Whether a text that was stored names a kind of problem. */
export function isProblemKind(text: string): text is ProblemKind {
  return Object.hasOwn(catalogue, text)
}

/** Members beside RFC 9457's own, and response headers that belong to the failure. */
type Details = {
  readonly extensions?: Record<string, unknown>
  readonly headers?: Record<string, string>
  /** What the caller is not told: for the audit, in words of ours alone. */
  readonly reason?: string
}

/** An expected failure, reported to the caller as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly kind: ProblemKind
  readonly details: Details

  constructor(kind: ProblemKind, detail: string, details: Details = {}) {
    super(detail)
    this.kind = kind
    this.details = details
  }

  get status(): number {
    return catalogue[this.kind].status
  }

  /** `instance` is the request id, so that a report can be found in the log. */
  toResponse(instance: string): Response {
    const { status, title } = catalogue[this.kind]
    const body = { type: `/problems/${this.kind}`, title, status, detail: this.message, instance }
    return new Response(JSON.stringify({ ...body, ...this.details.extensions }), {
      status,
      headers: { 'content-type': 'application/problem+json', ...this.details.headers },
    })
  }
}

/** Anything that is not a Problem is a bug: the operator gets the details, the caller only an apology. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof HTTPException && error.status < 500) return new Problem('invalid-request', `${error.message}.`)
  return new Problem('internal', 'Quote the instance when you report this.')
}
