import { Problem } from '../platform/problem.ts'

/** How the next calls of the API go wrong. */
export type ApiFault = {
  readonly kind: 'status' | 'primary' | 'secondary'
  /** A limit is told by 403 or 429. */
  readonly status: number
  /** How many calls fail; then all is well again. */
  readonly times: number
  /** Only calls whose path contains this. */
  readonly path: string
  /** After how many seconds a limit ends. */
  readonly retry_after: number
}

/** Breaks the API on request, for tests and demos. */
export class Faults {
  #fault: ApiFault | null = null

  set(fault: ApiFault | null): void {
    this.#fault = fault
  }

  /** How this call fails, if it shall. */
  take(path: string, requestId: string, now: number): Problem | null {
    const fault = this.#fault
    if (!fault || fault.times <= 0 || !path.includes(fault.path)) return null
    this.#fault = { ...fault, times: fault.times - 1 }
    return makers[fault.kind](fault, requestId, now)
  }
}

type Maker = (fault: ApiFault, requestId: string, now: number) => Problem

const makers: Record<ApiFault['kind'], Maker> = {
  status: ({ status }) => new Problem(status, texts[status] ?? 'Server Error'),
  primary: ({ status, retry_after }, requestId, now) => {
    const reset = Math.ceil(now / 1000) + retry_after
    return new Problem(limitStatus(status), spentText('127.0.0.1', requestId), {}, spentHeaders(reset))
  },
  secondary: ({ status, retry_after }, requestId) => {
    const message =
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ' +
      `If you reach out to GitHub Support for help, please include the request ID ${requestId}.`
    return new Problem(limitStatus(status), message, {}, { 'retry-after': String(retry_after) })
  },
}

const texts: Record<number, string> = {
  500: 'Server Error',
  502: 'Server Error',
  503: 'Service Unavailable',
  504: 'We were unable to process your request in time.',
}

function limitStatus(status: number): number {
  return status === 429 ? 429 : 403
}

function spentHeaders(reset: number): Record<string, string> {
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-used': '5000',
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
  }
}

/** How GitHub says that an hour's calls are spent. */
export function spentText(whom: string, requestId: string): string {
  return `API rate limit exceeded for ${whom}. If you reach out to GitHub Support for help, please include the request ID ${requestId}.`
}
