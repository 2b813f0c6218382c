import { inOrder } from './synthesised.ts'

test('a stack comes after all that it depends on, and else by its name', () => {
  const stacks = [
    { name: 'a', dependencies: ['c'] },
    { name: 'b', dependencies: [] },
    { name: 'c', dependencies: ['d', 'gone'] },
    { name: 'd', dependencies: [] },
  ]
  expect(inOrder(stacks).map(({ name }) => name)).toEqual(['d', 'c', 'a', 'b'])
  expect(inOrder(stacks.toReversed()).map(({ name }) => name)).toEqual(['d', 'c', 'a', 'b'])
})
