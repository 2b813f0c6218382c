import { hidden, Secrets } from '../../platform/redact.ts'
import { valueChanges } from './value-diff.ts'

type Members = Record<string, unknown>
type Paths = (string | number)[][]

function changes(before: Members, after: Members, marks: Paths = []) {
  const secrets = new Secrets()
  for (const side of [before, after]) secrets.collect(side, marks)
  return [...valueChanges(before, after, marks, secrets)].map(({ name, before: old, after: now, sensitive }) => [
    name,
    old,
    now,
    ...(sensitive ? ['sensitive'] : []),
  ])
}

test.each<[what: string, before: Members, after: Members, expected: unknown[][]]>([
  ['nothing', { a: 1, b: [{ c: null }] }, { b: [{}], a: 1, d: null }, []],
  [
    'values by their names',
    { a: 1, b: 'x', c: true },
    { a: 2, b: 'x', c: null },
    [
      ['a', 1, 2],
      ['c', true, null],
    ],
  ],
  [
    'members of members',
    { tags: { env: 'a', team: 't' } },
    { tags: { env: 'b', team: 't' } },
    [['tags.env', 'a', 'b']],
  ],
  [
    'elements',
    { in: [{ port: 1 }, { port: 2 }] },
    { in: [{ port: 1 }, { port: 3 }, 4] },
    [
      ['in[1].port', 2, 3],
      ['in[2]', null, 4],
    ],
  ],
  ['what becomes of another kind', { a: { b: 1 } }, { a: [1] }, [['a', { b: 1 }, [1]]]],
  ['what is new, as a whole', {}, { a: { b: [1] } }, [['a', null, { b: [1] }]]],
  [
    'names that are no words',
    { m: { 'a/b': 1, 'c"d': 1 } },
    { m: { 'a/b': 2, 'c"d': 2 } },
    [
      ['m["a/b"]', 1, 2],
      ['m["c\\"d"]', 1, 2],
    ],
  ],
  [
    'names of every object',
    {},
    { constructor: 'x', toString: 'y' },
    [
      ['constructor', null, 'x'],
      ['toString', null, 'y'],
    ],
  ],
  ['nothing and an empty list', { a: null }, { a: [] }, [['a', null, []]]],
])('tells %s', (_, before, after, expected) => {
  expect(changes(before, after)).toEqual(expected)
})

const secret = 'correct horse battery'

test.each<[what: string, before: Members, after: Members, marks: Paths, expected: unknown[][]]>([
  ['marked', { a: secret }, { a: 'other battery horse' }, [['a']], [['a', hidden, hidden, 'sensitive']]],
  ['gone', { a: secret }, {}, [['a']], [['a', hidden, null, 'sensitive']]],
  ['new', { a: null }, { a: secret }, [['a']], [['a', null, hidden, 'sensitive']]],
  ['no text', { a: { b: 1 } }, { a: { b: 2 } }, [['a', 'b']], [['a.b', hidden, hidden, 'sensitive']]],
  ['inside of what is marked', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, [['a']], [['a', hidden, hidden, 'sensitive']]],
  ['named so', { password: 'one-two-3' }, { password: 'four-five-6' }, [], [['password', hidden, hidden, 'sensitive']]],
  ['named so in one version', { token: 7 }, { token: 'four-five-6' }, [], [['token', hidden, hidden, 'sensitive']]],
  [
    'copied',
    { a: secret, b: 1 },
    { a: secret, b: `it is ${secret}!` },
    [['a']],
    [['b', 1, `it is ${hidden}!`, 'sensitive']],
  ],
  [
    'copied from the other version',
    { a: secret, b: '' },
    { a: null, b: secret },
    [['a']],
    [
      ['a', hidden, null, 'sensitive'],
      ['b', '', hidden, 'sensitive'],
    ],
  ],
  [
    'the name of a member',
    { a: secret, m: { [secret]: 1 } },
    { a: secret, m: { [secret]: 2 } },
    [['a']],
    [[`m["${hidden}"]`, 1, 2]],
  ],
  [
    'below a typed value of one version',
    { a: { b: secret } },
    { a: { value: { b: 'new' }, type: ['object', {}] } },
    [['a', 'b']],
    [
      ['a.b', hidden, null, 'sensitive'],
      ['a.type', null, ['object', {}]],
      ['a.value', null, { b: hidden }, 'sensitive'],
    ],
  ],
  ['all there is', { a: 1, b: { c: 2 } }, { a: 2, b: { c: 2 } }, [[]], [['a', hidden, hidden, 'sensitive']]],
])('hides a secret that is %s', (_, before, after, marks, expected) => {
  expect(changes(before, after, marks)).toEqual(expected)
  expect(changes(after, before, marks)).toEqual(expected.map(([name, old, now, ...more]) => [name, now, old, ...more]))
})

test('a value that is long is cut, also in the middle of a character', () => {
  const [[name, before, after] = []] = changes({ a: 'x'.repeat(5000) }, { a: ['y'.repeat(5000)] })
  expect([name, before, String(after).length]).toEqual(['a', `${'x'.repeat(4000)}…`, 4001])
  const [[, , half] = []] = changes({}, { a: `${'x'.repeat(3999)}😀` })
  expect(half).toBe(`${'x'.repeat(3999)}\ufffd…`)
})

const deep = (value: number) => JSON.parse(`${'{"a":'.repeat(50)}${value}${'}'.repeat(50)}`) as Members

test('what is deep is shown whole', () => {
  const [[name, before] = []] = changes(deep(1), deep(2))
  expect([name, JSON.stringify(before).length]).toEqual(['a.a.a.a.a.a.a.a', JSON.stringify(deep(1)).length - 8 * 6])
})
