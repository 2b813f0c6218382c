const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** A duration of so many milliseconds in its two largest units; below ten seconds with a tenth, below one in milliseconds. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const at = units.findIndex(([size]) => ms >= size)
  const [size, name] = units[at] ?? [1000, 's']
  const smaller = units[at + 1]
  const rest = smaller ? Math.floor((ms % size) / smaller[0]) : 0
  const whole = `${Math.floor(ms / size)} ${name}`
  return smaller && rest > 0 ? `${whole} ${rest} ${smaller[1]}` : whole
}

/** How long before `now` (milliseconds) an ISO time was, in its largest unit. */
export function ago(iso: string, now: number): string {
  const ms = now - Date.parse(iso)
  if (ms < 1000) return 'just now'
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1000, 's']
  return `${Math.floor(ms / size)} ${name} ago`
}

/** An ISO time as a person reads it, to the second, in UTC: people in other places look at the same run. */
export function stamp(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** How far a run is: how long it runs and how long such runs took, in milliseconds. */
export function progress(elapsed: number, expected: number | null): string {
  if (expected === null || expected <= 0) return `${span(elapsed)} so far`
  if (elapsed > expected) return `${span(elapsed)}, expected were about ${span(expected)}`
  return `${span(elapsed)} of about ${span(expected)}`
}
