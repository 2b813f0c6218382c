/** One line of the result. */
export type Finding = {
  readonly what: string
  /** The target in words, or `reported` when there is none. */
  readonly target: string
  readonly measured: string
  /** Null when there is nothing to meet, or when it could not be measured here. */
  readonly met: boolean | null
  /** Whether a miss fails the bench at once, only when it is missed twice, or never. */
  readonly failure: 'at once' | 'when repeated' | 'never'
  /** Every round, as measured. */
  readonly evidence?: unknown
}

export type Metric = {
  readonly name: string
  /** How long it may take before it counts as failed, in seconds. */
  readonly limitSeconds: number
  measure(quick: boolean): Promise<Finding[]>
}

/** A number with a target, which it must not exceed. */
export function atMost(
  what: string,
  value: number,
  limit: { readonly target: number; readonly show: (value: number) => string; readonly noisy: boolean },
  evidence?: unknown,
): Finding {
  const failure = limit.noisy ? 'when repeated' : 'at once'
  const target = `≤ ${limit.show(limit.target)}`
  return { what, target, measured: limit.show(value), met: value <= limit.target, failure, evidence }
}

/** A number that is only told. */
export function reported(what: string, measured: string, evidence?: unknown): Finding {
  return { what, target: 'reported', measured, met: null, failure: 'never', evidence }
}

/** What cannot be measured here, and why. */
export function skipped(what: string, target: string, why: string): Finding {
  return { what, target, measured: `skipped: ${why}`, met: null, failure: 'never' }
}

/** Bytes, as people read memory. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** Milliseconds, as people read waiting. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
