/** Public ids are text that sorts by time; inside, rows are joined by their integer: `tok-000000042` is 42. */
type Prefix = 'aud' | 'flow' | 'lease' | 'res' | 'tok'

/** The public id of a row: 42 is `tok-000000042`. */
export function idOf(prefix: Prefix, row: number): string {
  return `${prefix}-${String(row).padStart(9, '0')}`
}

/** The row behind a public id, or null when the text is no such id. */
export function rowOf(prefix: Prefix, id: string): number | null {
  const match = /^([a-z]+)-(\d{9,15})$/.exec(id)
  return match?.[1] === prefix ? Number(match[2]) : null
}
