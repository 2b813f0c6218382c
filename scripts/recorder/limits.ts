import { longestLine, wholeLength } from './lines.ts'

/** What the server takes at most: one event beyond it, and a whole batch is refused. */
export const limits = {
  text: longestLine,
  address: 4000,
  number: 100_000,
  reason: 2000,
  version: 100,
  folder: 4000,
  command: 4000,
} as const

const largestCount = 2_000_000_000

/** The text, so much of it as may be reported. SQLite ends a text at a NUL. */
export function reportable(text: string, most: number): string {
  const whole = text.replaceAll('\0', '\uFFFD')
  return whole.length <= most ? whole : whole.slice(0, wholeLength(whole.slice(0, most)))
}

/** Whether an address is one of a resource that may be reported. */
export function isReportable(address: string): boolean {
  return address !== '' && address.length <= limits.address
}

/** Whether a number, which anybody may have printed, counts something. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largestCount
}
