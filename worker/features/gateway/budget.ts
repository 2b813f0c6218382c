import type { Moment } from '../../platform/clock.ts'

/** Cloudflare lets a token make 1,200 calls in five minutes, and then refuses all of them for five minutes. */
export const period = 300_000
const allowed = 1200
/** Kept for the control plane's own flows and crons, and for the owner. */
const headRoom = 200
/** Kept for clients that have not called yet. */
const forNewcomers = 100

/** Kept for a client that has hardly called; for others as much as they have called, up to their equal part. */
const forQuiet = 20

/** Calls by client within the period, in slices of its time. */
export type Slice = { readonly from: Moment; readonly calls: Readonly<Record<string, number>> }

/** How long a slice is: what was counted is forgotten so much too late at most. */
export const sliceLength = 10_000

/** How many of the calls that a client wants it may make now, and else how long it must wait, in milliseconds. */
export type Share = { readonly granted: number; readonly wait: number }

/**
 * Gives clients that call much an equal part of the calls each, and one alone nearly all: for others is kept what they
 * seem to need. The owner's calls may use the head room, too.
 */
export function shareOf(slices: readonly Slice[], client: string, wanted: number, at: Moment, isRoot: boolean): Share {
  const live = slices.filter(({ from }) => from > at - period)
  const used = totals(live)
  const total = [...used.values()].reduce((sum, calls) => sum + calls, 0)
  const others = [...used].filter(([name]) => name !== client).map(([, calls]) => calls)
  const room = allowed - (isRoot ? 0 : headRoom)
  const equal = Math.floor((room - forNewcomers) / (others.length + 1))
  const promised = others.reduce(
    (sum, calls) => sum + Math.min(Math.max(0, equal - calls), Math.max(calls, forQuiet)),
    0,
  )
  const kept = isRoot || !used.has(client) ? 0 : forNewcomers
  const free = room - total - (isRoot ? 0 : promised + kept)
  const own = Math.min(equal - (used.get(client) ?? 0), room - total)
  const granted = Math.max(0, Math.min(wanted, Math.max(free, own)))
  return { granted, wait: granted > 0 ? 0 : waitFor(live, at) }
}

/** The slices with a client's calls added to the newest, and without those that have passed. */
export function counted(slices: readonly Slice[], client: string, calls: number, at: Moment): Slice[] {
  const from = at - (at % sliceLength)
  const live = slices.filter((slice) => slice.from > at - period)
  const newest = live.find((slice) => slice.from === from) ?? { from, calls: {} }
  const sum = (newest.calls[client] ?? 0) + calls
  return [...live.filter((slice) => slice.from !== from), { from, calls: { ...newest.calls, [client]: sum } }]
}

function totals(slices: readonly Slice[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { calls } of slices) {
    for (const [name, count] of Object.entries(calls)) sums.set(name, (sums.get(name) ?? 0) + count)
  }
  return sums
}

/** Until the oldest slice has passed. */
function waitFor(slices: readonly Slice[], at: Moment): number {
  const oldest = Math.min(...slices.map(({ from }) => from))
  return Number.isFinite(oldest) ? Math.max(1000, oldest + period - at + 1) : 1000
}
