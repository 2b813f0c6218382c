import { Problem } from '../platform/problem.ts'

/** How the next calls of the API go wrong. */
export type ApiFault = {
  readonly kind: 'status' | 'secondary'
  readonly status: number
  /** How many calls fail; then all is well again. */
  readonly times: number
  /** Only calls whose path contains this. */
  readonly path: string
  readonly retry_after: number
}

/** Breaks the API on request, for tests and demos. */
export class Faults {
  #fault: ApiFault | null = null

  set(fault: ApiFault | null): void {
    this.#fault = fault
  }

  /** How this call fails, if it shall. */
  take(path: string, requestId: string): Problem | null {
    const fault = this.#fault
    if (!fault || fault.times <= 0 || !path.includes(fault.path)) return null
    this.#fault = { ...fault, times: fault.times - 1 }
    return fault.kind === 'secondary'
      ? secondary(fault, requestId)
      : new Problem(fault.status, texts[fault.status] ?? 'Server Error')
  }
}

const texts: Record<number, string> = {
  500: 'Server Error',
  502: 'Server Error',
  503: 'Service Unavailable',
  504: 'We were unable to process your request in time.',
}

function secondary({ status, retry_after }: ApiFault, requestId: string): Problem {
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ' +
    `If you reach out to GitHub Support for help, please include the request ID ${requestId}.`
  return new Problem(status === 429 ? 429 : 403, message, {}, { 'retry-after': String(retry_after) })
}
