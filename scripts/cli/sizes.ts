const units = ['bytes', 'KB', 'MB', 'GB']

/** A number of bytes in the largest unit that fits. */
export function bytes(count: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3))
  const number = count / 1000 ** power
  return `${power > 0 && number < 10 ? number.toFixed(1) : Math.floor(number)} ${units[power]}`
}
