export type Run = () => Promise<void>

/** Milliseconds by variant, one for each round; the first round is a warm-up. */
export type Rounds<Name extends string> = ReadonlyMap<Name, readonly number[]>

/** Runs every variant once per round, in turning order, so that a busy moment of the machine meets them all. */
export async function interleave<Name extends string>(
  runs: ReadonlyMap<Name, Run>,
  rounds: number,
  check: Run,
): Promise<Rounds<Name>> {
  const names = [...runs.keys()]
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    const turn = round % names.length
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const start = performance.now()
      await runs.get(name)?.()
      times.get(name)?.push(performance.now() - start)
    }
    await check()
  }
  return times
}

export type Ratio = { readonly median: number; readonly low: number; readonly high: number }

/** The ratios subject ÷ floor of the same round, without the warm-up. */
export function ratioOf<Name extends string>(rounds: Rounds<Name>, subject: Name, floor: Name): Ratio {
  const below = rounds.get(floor) ?? []
  return spread((rounds.get(subject) ?? []).map((ms, round) => ms / (below[round] ?? NaN)).slice(1))
}

export function spread(values: readonly number[]): Ratio {
  return { median: quantile(values, 0.5), low: Math.min(...values), high: Math.max(...values) }
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
