import { totals } from './totals.ts'

const counter = (key: string, n: number) => ({ scope: 'resources', key, n })

test('what was never counted is zero, and no total is below zero', () => {
  const { of, all } = totals([{ scope: 'pulls', key: 'open', n: -1 }])
  expect([of('pulls', 'open'), of('pulls', 'closed'), of('commits', '2026-11-21')]).toEqual([0, 0, 0])
  expect(all('pulls')).toEqual([])
})

test('a scope is listed from the largest, without zeros', () => {
  const { all } = totals([counter('b', 3), counter('c', 0), counter('d', 9), counter('a', 3)])
  expect(all('resources')).toEqual([
    ['d', 9],
    ['a', 3],
    ['b', 3],
  ])
})
