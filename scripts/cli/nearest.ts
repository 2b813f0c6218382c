/** The word that was probably meant: few letters differ, or it begins so. Null when none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > 40) return null
  const begun = words.filter((one) => word.length > 1 && one.startsWith(word))
  if (begun.length === 1) return begun[0] ?? null
  const ranked = words
    .map((one) => ({ one, away: distance(word.toLowerCase(), one) }))
    .filter(({ one, away }) => away <= Math.max(1, Math.floor(one.length / 3)))
    .toSorted((a, b) => a.away - b.away)
  return ranked[0]?.one ?? null
}

/** How many letters must be added, removed, replaced or swapped with their neighbour. */
function distance(from: string, to: string): number {
  const known = new Map<number, number>()
  /** Between the first so many letters of both. */
  const between = (a: number, b: number): number => {
    if (a === 0 || b === 0) return a + b
    const key = a * (to.length + 1) + b
    const found = known.get(key) ?? Math.min(...ways(a, b))
    known.set(key, found)
    return found
  }
  const ways = (a: number, b: number): number[] => {
    const isSame = from[a - 1] === to[b - 1]
    const isSwapped = a > 1 && b > 1 && from[a - 1] === to[b - 2] && from[a - 2] === to[b - 1]
    return [
      between(a - 1, b) + 1,
      between(a, b - 1) + 1,
      between(a - 1, b - 1) + (isSame ? 0 : 1),
      ...(isSwapped ? [between(a - 2, b - 2) + 1] : []),
    ]
  }
  return between(from.length, to.length)
}
