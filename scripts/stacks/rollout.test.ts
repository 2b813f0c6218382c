import { Refusal } from '../embedded/refusal.ts'
import { rollOut } from './rollout.ts'
import type { Leg } from './rollout.ts'

function leg(name: string, dependencies: string[], outcome: Leg['outcome'] = 'waiting'): Leg {
  const document = { resource: {}, terraform: { backend: { http: { address: '' } } } }
  return { stack: { name, folder: '', dependencies, document }, counts: '', outcome, ms: 0 }
}

const legs = [
  leg('base', [], 'as declared'),
  leg('one', ['base', 'elsewhere']),
  leg('two', ['one']),
  leg('three', ['two']),
  leg('other', []),
]

async function outcomes(apply: (name: string) => void): Promise<string[]> {
  const ended = await rollOut(legs, async ({ name }) => apply(name), new AbortController().signal)
  return ended.map(({ stack, outcome }) => `${stack.name}: ${outcome}`)
}

beforeEach(() => {
  jest.spyOn(console, 'log').mockReturnValue()
  jest.spyOn(console, 'error').mockReturnValue()
})

test('what fails keeps back all that depends on it, and nothing else', async () => {
  const begun: string[] = []
  const shown = await outcomes((name) => {
    begun.push(name)
    if (name === 'one') throw new Refusal('no')
  })
  expect(shown).toEqual([
    'base: as declared',
    'one: failed',
    'two: not begun: needs one',
    'three: not begun: needs two',
    'other: applied',
  ])
  expect(begun).toEqual(['one', 'other'])
})

test('what nobody foresaw ends it all', async () => {
  await expect(
    outcomes(() => {
      throw new TypeError('broken')
    }),
  ).rejects.toThrow('broken')
})
