import { FreeActs, writtenEach } from './free-acts.ts'

test('what costs nothing is written so often in a minute, and the next tells how much was left out', () => {
  const acts = new FreeActs()
  const counts = Array.from({ length: writtenEach + 5 }, () => acts.count('loud', 1000))
  expect(counts).toEqual([...Array.from({ length: writtenEach }, () => 0), null, null, null, null, null])
  expect(acts.count('quiet', 1000)).toBe(0)
  expect([acts.count('loud', 61_000), acts.count('loud', 61_001)]).toEqual([5, 0])
})
