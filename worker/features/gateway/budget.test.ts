import { counted, period, shareOf } from './budget.ts'
import type { Slice } from './budget.ts'

const start = 1_800_000_000_000

/** Lets clients call one after the other, each as often as it is let, and tells how often that was. */
function calls(order: readonly string[], at = start, before: readonly Slice[] = []) {
  let slices = [...before]
  const made: Record<string, number> = {}
  for (const client of order) {
    const { granted } = shareOf(slices, client, 1, at, client === 'root')
    if (granted > 0) slices = counted(slices, client, granted, at)
    made[client] = (made[client] ?? 0) + granted
  }
  return { made, slices }
}

const times = (count: number, ...clients: string[]) => Array.from({ length: count }, () => clients).flat()

test('one client alone has all but the head room and what is kept for newcomers', () => {
  expect(calls(times(2000, 'a')).made).toEqual({ a: 900 })
})

test('the owner has the head room, too, and the account’s limit is never reached', () => {
  const { made, slices } = calls(times(2000, 'a'))
  expect(made['a']).toBe(900)
  expect(calls(times(2000, 'root'), start, slices).made).toEqual({ root: 300 })
})

test('who calls without end leaves others their part', () => {
  const { slices } = calls(times(2000, 'loud'))
  expect(calls(times(200, 'late'), start, slices).made).toEqual({ late: 100 })
  const together = calls(times(2000, 'a', 'b', 'c')).made
  expect(Object.values(together).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(1000)
  for (const client of ['a', 'b', 'c']) expect(together[client]).toBeGreaterThanOrEqual(290)
})

test('who has hardly called costs the others little', () => {
  const { slices } = calls(times(1, 'x', 'y', 'z'))
  expect(calls(times(2000, 'a'), start, slices).made).toEqual({ a: 837 })
})

test('who waits as long as is said may call again', () => {
  const { slices } = calls(times(1000, 'a'))
  const { granted, wait } = shareOf(slices, 'a', 1, start + 60_000, false)
  expect(granted).toBe(0)
  expect(wait).toBeLessThanOrEqual(period)
  expect(shareOf(slices, 'a', 10, start + 60_000 + wait, false).granted).toBe(10)
})
