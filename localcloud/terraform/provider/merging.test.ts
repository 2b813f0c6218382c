import { written } from '../overlay/written.ts'
import { unknownValue } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Block } from '../schema/schema.ts'
import { complete } from './conforming.ts'
import { nothing } from './inventing.ts'
import { adopt, refresh, settle } from './merging.ts'
import { plan } from './planning.ts'

const base = written(
  { id: '* string', name: '! string', note: '? string', size: '?* number', at: '* string' },
  { rule: written({ key: '! string', count: '?* number' }) },
)
const block: Block = {
  ...base,
  attributes: base.attributes.map((each) => ({
    ...each,
    ...(each.name === 'at' ? { changesWith: '*' } : {}),
    ...(each.name === 'name' ? { replaces: true } : {}),
  })),
}
const wanted = (values: Values): Values => complete(block, values)
const made = wanted({ id: 'x', name: 'one', size: 3, at: 'then', rule: [{ key: 'a', count: 1 }] })

describe('a plan', () => {
  test('of something new leaves open what is computed and not said, also inside', () => {
    const proposed = wanted({ name: 'one', rule: [{ key: 'a' }] })
    expect(plan(block, { prior: null, proposed, config: proposed }).planned).toEqual({
      id: unknownValue,
      name: 'one',
      note: null,
      size: unknownValue,
      at: unknownValue,
      rule: [{ key: 'a', count: unknownValue }],
    })
  })

  test('of a change leaves open only what changes with it, and tells what it replaces', () => {
    expect(plan(block, { prior: made, proposed: made, config: made })).toEqual({ planned: made, replaced: [] })
    const proposed = { ...made, note: 'new' }
    expect(plan(block, { prior: made, proposed, config: proposed }).planned).toEqual({ ...proposed, at: unknownValue })
    const renamed = { ...made, name: 'two' }
    expect(plan(block, { prior: made, proposed: renamed, config: renamed }).replaced).toEqual([['name']])
  })
})

test('an apply takes what was open from the API, and nothing else', () => {
  const planned = { ...made, id: unknownValue, at: unknownValue, size: unknownValue }
  const said = { id: 7, name: 'other', at: 'now', rule: [{ key: 'b', count: 9 }] }
  expect(settle(block, planned, said, nothing)).toEqual({ ...made, id: '7', at: 'now', size: null })
})

describe('a reading', () => {
  test('shows what was changed by hand, of what is configured or computed', () => {
    const said = { id: 'x', name: 'one', note: 'by hand', size: 4, rule: [{ key: 'a', count: 2 }] }
    expect(refresh(block, made, said)).toEqual({ ...made, size: 4, rule: [{ key: 'a', count: 2 }] })
    expect(refresh(block, { ...made, note: 'mine' }, said)['note']).toBe('by hand')
  })

  test('keeps what the API does not tell', () => {
    expect(refresh(block, made, { rule: [{ key: 'a' }] })).toEqual(made)
    expect(refresh(block, made, { rule: [] })['rule']).toEqual([])
  })

  test('of JSON in a text is the same however it is written', () => {
    const before = { ...made, note: '{"a": 1, "b": 2}' }
    expect(refresh(block, before, { note: '{"b":2,"a":1}' })).toEqual(before)
    expect(refresh(block, before, { note: '{"b":2,"a":3}' })['note']).toBe('{"b":2,"a":3}')
  })
})

test('an import takes what is required, computed, or something', () => {
  expect(adopt(block, { id: 'x', name: 'one', note: '', size: 0, rule: [] })).toEqual({ id: 'x', name: 'one', size: 0 })
})
