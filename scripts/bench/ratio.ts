import { setTimeout as sleep } from 'node:timers/promises'

export type Run = () => Promise<void>

/** Milliseconds by variant, one for each round; the first round is a warm-up. */
export type Rounds<Name extends string> = ReadonlyMap<Name, readonly number[]>

/**
 * Runs every variant once per round, in turning order, so that a busy moment of the machine meets them all.
 * @param restMs how long the machine rests before each: what a server does after a command would count for the next one
 */
export async function interleave<Name extends string>(
  runs: ReadonlyMap<Name, Run>,
  rounds: number,
  check: Run,
  restMs = 0,
): Promise<Rounds<Name>> {
  const names = [...runs.keys()]
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    const turn = round % names.length
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      await sleep(restMs)
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
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) }
}

/** The middle value, or what lies between the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [below = NaN, above = below] = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return (below + above) / 2
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
