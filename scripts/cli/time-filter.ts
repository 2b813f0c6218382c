import { Misuse } from './command.ts'

const lengths: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A time that a person gave, for the API: as it is, or `2h` as two hours before `now` (milliseconds). */
export function momentOf(text: string | null, option: string, now: number): string | null {
  if (text === null) return null
  const [, count = '', unit = ''] = /^(\d{1,6})(min|h|d|w)$/.exec(text) ?? []
  const length = lengths[unit]
  if (length !== undefined) return new Date(now - Number(count) * length).toISOString()
  if (/^\d{4}-\d\d-\d\d/.test(text)) return text
  throw new Misuse(
    `${option} must be a time like 2026-11-21, 2026-11-21T10:00:00Z or 2h; it is ${JSON.stringify(text)}.`,
  )
}
